// Go: nothing but the address changes.
package main

import (
    "fmt"
    "io"
    "net/http"
    "os"
)

func main() {
    reply, err := http.Get(os.Args[1] + "/")
    if err != nil {
        fmt.Fprintln(os.Stderr, err)
        os.Exit(1)
    }
    defer reply.Body.Close()
    if reply.StatusCode != http.StatusOK {
        // 502 from the local proxy: the server has not proven itself, nothing was sent to it.
        fmt.Fprintln(os.Stderr, reply.StatusCode, reply.Header.Get("Proxy-Status"))
        os.Exit(1)
    }
    io.Copy(os.Stdout, reply.Body)
}
