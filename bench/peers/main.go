// Sequences records with another log, batch by batch, each durable before the next begins.
//
// Usage: peers tessera|immudb <folder> <records file> <batch size> <batches>
//
// The file has each record after its length as a big-endian uint32. Each line read from standard input runs one round; its
// answer is the milliseconds it took.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/codenotary/immudb/embedded/logger"
	"github.com/codenotary/immudb/embedded/store"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

func main() {
	log.SetFlags(0)
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	kind, folder := os.Args[1], os.Args[2]
	batchSize, batches := number(4), number(5)
	records := readRecords(os.Args[3])
	open := map[string]func(string, int) func([][]byte) error{"tessera": openTessera, "immudb": openImmudb}[kind]
	sequence := open(folder, batchSize)
	next := 0
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		began := time.Now()
		for range batches {
			if err := sequence(records[next : next+batchSize]); err != nil {
				log.Fatal(err)
			}
			if next += batchSize; next+batchSize > len(records) {
				next = 0
			}
		}
		fmt.Println(float64(time.Since(began).Microseconds()) / 1000)
	}
}

// openTessera opens a log of the POSIX driver. A batch is durable when its entries have their indexes; that the checkpoint
// comes later is in Tessera's favour.
func openTessera(folder string, batchSize int) func([][]byte) error {
	ctx := context.Background()
	key, _, err := note.GenerateKey(rand.Reader, "bench/tessera")
	must(err)
	signer, err := note.NewSigner(key)
	must(err)
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	must(err)
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(uint(batchSize), time.Second).
		WithPushback(uint(2 * batchSize))
	appender, _, _, err := tessera.NewAppender(ctx, driver, options)
	must(err)
	return func(batch [][]byte) error {
		futures := make([]tessera.IndexFuture, len(batch))
		for i, record := range batch {
			futures[i] = appender.Add(ctx, tessera.NewEntry(record))
		}
		for _, future := range futures {
			if _, err := future(); err != nil {
				return err
			}
		}
		return nil
	}
}

// openImmudb opens immudb's embedded store. A batch is one transaction, durable when it is committed; that its index is
// built later is in immudb's favour, and so is that it syncs twenty times as often as by default.
func openImmudb(folder string, batchSize int) func([][]byte) error {
	ctx := context.Background()
	options := store.DefaultOptions().
		WithSynced(true).
		WithSyncFrequency(time.Millisecond).
		WithMaxTxEntries(max(batchSize, store.DefaultMaxTxEntries)).
		WithLogger(logger.NewSimpleLoggerWithLevel("immudb", os.Stderr, logger.LogError))
	immudb, err := store.Open(folder, options)
	must(err)
	var key uint64
	return func(batch [][]byte) error {
		tx, err := immudb.NewWriteOnlyTx(ctx)
		if err != nil {
			return err
		}
		for _, record := range batch {
			key++
			if err := tx.Set(binary.BigEndian.AppendUint64(nil, key), nil, record); err != nil {
				return err
			}
		}
		_, err = tx.AsyncCommit(ctx)
		return err
	}
}

func readRecords(path string) [][]byte {
	bytes, err := os.ReadFile(path)
	must(err)
	var records [][]byte
	for len(bytes) > 0 {
		end := 4 + binary.BigEndian.Uint32(bytes)
		records = append(records, bytes[4:end])
		bytes = bytes[end:]
	}
	return records
}

func number(argument int) int {
	n, err := strconv.Atoi(os.Args[argument])
	must(err)
	return n
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
