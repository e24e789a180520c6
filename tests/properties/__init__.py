"""What holds for every input (hypothesis): few examples in `make test`, 20 000 of each in
`make properties`."""
