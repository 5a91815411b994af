// Meets Pawprint's witnesses and witnessed checkpoints with other people's implementations.
//
//	witness key <name>                                               a new log's private and public key
//	witness log <directory> <private key> <witness vkey> <URL> <n>   a Tessera log that has its checkpoints cosigned at a URL:
//	                                                                 adds n entries, waits for them, writes the checkpoint
//	witness check <policy file> <checkpoint file>                    torchwood's verdict by a C2SP tlog-policy
//	witness proof <policy file> <.tlog-proof file> <entry file>      the same of the proof of an entry
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net/url"
	"os"
	"strconv"
	"time"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	log.SetFlags(0)
	switch os.Args[1] {
	case "key":
		private, public, err := note.GenerateKey(rand.Reader, os.Args[2])
		check(err)
		fmt.Printf("%s\n%s\n", private, public)
	case "log":
		count, err := strconv.Atoi(os.Args[6])
		check(err)
		appendEntries(os.Args[2], os.Args[3], os.Args[4], os.Args[5], count)
	case "check":
		policy, err := torchwood.ParsePolicy(read(os.Args[2]))
		check(err)
		checkpoint, _, err := torchwood.VerifyCheckpoint(read(os.Args[3]), policy)
		check(err)
		fmt.Printf("%d entries of %s\n", checkpoint.N, checkpoint.Origin)
	case "proof":
		policy, err := torchwood.ParsePolicy(read(os.Args[2]))
		check(err)
		check(torchwood.VerifyProof(policy, tlog.RecordHash(read(os.Args[4])), read(os.Args[3])))
		fmt.Println("proven")
	}
}

func appendEntries(directory, privateKey, witnessKey, witnessURL string, count int) {
	ctx := context.Background()
	signer, err := note.NewSigner(privateKey)
	check(err)
	root, err := url.Parse(witnessURL)
	check(err)
	witness, err := tessera.NewWitness(witnessKey, root)
	check(err)
	driver, err := posix.New(ctx, posix.Config{Path: directory})
	check(err)
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(100*time.Millisecond).
		WithBatching(16, 20*time.Millisecond).
		WithWitnesses(tessera.NewWitnessGroup(1, witness), nil)
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	check(err)
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 50*time.Millisecond)
	var checkpoint []byte
	for i := range count {
		// Each is published before the next, so that the witness is asked for many checkpoints.
		_, published, err := awaiter.Await(ctx, appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "entry %d %d", os.Getpid(), i))))
		check(err)
		checkpoint = published
	}
	check(shutdown(ctx))
	fmt.Print(string(checkpoint))
}

func read(path string) []byte {
	bytes, err := os.ReadFile(path)
	check(err)
	return bytes
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
