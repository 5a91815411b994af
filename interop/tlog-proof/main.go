// Checks the proof of one entry with other people's implementations: transparency-dev/formats reads the C2SP tlog-proof,
// golang.org/x/mod opens its signed note, transparency-dev/merkle verifies the inclusion.
//
// Usage: tlog-proof <vkey file> <.tlog-proof file> <entry file>
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	checkpoints "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/proof"
	inclusion "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	log.SetFlags(0)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(1))))
	if err != nil {
		log.Fatal(err)
	}
	var p proof.TLogProof
	if err := p.Unmarshal(read(2)); err != nil {
		log.Fatal(err)
	}
	checkpoint, _, _, err := checkpoints.ParseCheckpoint(p.Checkpoint, verifier.Name(), verifier)
	if err != nil {
		log.Fatal(err)
	}
	hashes := make([][]byte, len(p.Hashes))
	for i := range p.Hashes {
		hashes[i] = p.Hashes[i][:]
	}
	leafHash := rfc6962.DefaultHasher.HashLeaf(read(3))
	if err := inclusion.VerifyInclusion(rfc6962.DefaultHasher, p.Index, checkpoint.Size, leafHash, hashes, checkpoint.Hash); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("entry %d of %d\n", p.Index, checkpoint.Size)
}

func read(argument int) []byte {
	bytes, err := os.ReadFile(os.Args[argument])
	if err != nil {
		log.Fatal(err)
	}
	return bytes
}
