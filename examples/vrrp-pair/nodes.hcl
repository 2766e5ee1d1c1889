node "lb1" {
  vrrp_instance "front" { priority = 150 }
}

node "lb2" {
  vrrp_instance "front" { priority = 100 }
}
