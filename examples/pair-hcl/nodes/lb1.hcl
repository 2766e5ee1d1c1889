node "lb1" {
  vrrp_instance "front" { priority = 150 }
}
