account "a" {
  id = "ÿþ"
}
