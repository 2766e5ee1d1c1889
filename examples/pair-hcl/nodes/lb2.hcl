node "lb2" {
  vrrp_instance "front" { priority = 100 }
}
