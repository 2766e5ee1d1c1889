settings {
  router_id = node.name

  mail {
    alert = true
    to    = ["ops@example.org"]
    from  = "${node.name}@example.org"

    # The mail program of the machine itself, which queues and encrypts. A
    # server elsewhere wants tls left alone: STARTTLS is the default.
    server = "127.0.0.1"
    tls    = "none"
  }
}
