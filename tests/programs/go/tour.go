// A Go program for wasip1: goroutines, channels, maps, files, hashing, JSON, sorting and a garbage collector at work.
package main

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"
)

type node struct {
	Name  string  `json:"name"`
	Kids  []*node `json:"kids,omitempty"`
	Value float64 `json:"value"`
}

func tree(depth int) *node {
	n := &node{Name: fmt.Sprint("n", depth), Value: 1 / float64(depth+1)}
	if depth > 0 {
		n.Kids = []*node{tree(depth - 1), tree(depth - 1)}
	}
	return n
}

func main() {
	fmt.Println(os.Args[1:], os.Getenv("GREETING"))

	jobs, results := make(chan int), make(chan int)
	var wait sync.WaitGroup
	for range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for job := range jobs {
				results <- job * job
			}
		}()
	}
	go func() {
		for job := range 1000 {
			jobs <- job
		}
		close(jobs)
		wait.Wait()
		close(results)
	}()
	sum := 0
	for result := range results {
		sum += result
	}
	fmt.Println("sum of squares", sum)

	start := time.Now()
	time.Sleep(20 * time.Millisecond)
	fmt.Println("slept", time.Since(start) >= 20*time.Millisecond)

	for range 20 {
		_ = tree(12) // garbage
	}
	text, err := json.Marshal(tree(6))
	fmt.Println(len(text), err, fmt.Sprintf("%x", sha256.Sum256(text)))

	fact := big.NewInt(1)
	for k := int64(1); k <= 200; k++ {
		fact.Mul(fact, big.NewInt(k))
	}
	fmt.Println(fact)

	if err := os.MkdirAll("out/deep", 0o755); err != nil {
		fmt.Println("mkdir", err)
		os.Exit(3)
	}
	file, err := os.Create("out/deep/words.gz")
	if err != nil {
		fmt.Println(err)
		os.Exit(4)
	}
	zip := gzip.NewWriter(file)
	words := map[string]int{}
	scanner := bufio.NewScanner(io.TeeReader(os.Stdin, zip))
	for scanner.Scan() {
		for _, word := range regexp.MustCompile(`\w+`).FindAllString(strings.ToLower(scanner.Text()), -1) {
			words[word]++
		}
	}
	zip.Close()
	file.Close()
	keys := make([]string, 0, len(words))
	for word := range words {
		keys = append(keys, word)
	}
	sort.Slice(keys, func(a, b int) bool { return words[keys[a]] > words[keys[b]] || words[keys[a]] == words[keys[b]] && keys[a] < keys[b] })
	for _, word := range keys[:min(5, len(keys))] {
		fmt.Println(words[word], word)
	}
	fs.WalkDir(os.DirFS("."), "out", func(path string, entry fs.DirEntry, err error) error {
		fmt.Println(path, entry.IsDir(), err)
		return nil
	})
	_, err = os.Open("../outside")
	fmt.Println(errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission))

	defer func() {
		fmt.Println("recovered:", recover())
		os.Exit(7)
	}()
	var none *node
	fmt.Println(none.Name)
}
