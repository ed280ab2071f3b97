//go:build !race

package arltest

// Raced tells whether the program is watched for data races, which takes time and memory.
const Raced = false
