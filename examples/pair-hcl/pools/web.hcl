# The file of the everyday change: servers come, go and get another weight.
pool "web" {
  real_server "10.0.0.11:80" { weight = 10 }
  real_server "10.0.0.12:80" { weight = 10 }
  real_server "10.0.0.13:80" { weight = 10 }

  check "http" {
    path        = "/healthz"
    status      = ["200-299"]
    interval    = "1s"
    timeout     = "1s"
    retry       = 1
    retry_delay = "500ms"
  }
}
