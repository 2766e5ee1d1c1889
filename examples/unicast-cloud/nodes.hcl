node "lb1" {
  vrrp_instance "front" {
    priority       = 150
    source_address = "198.51.100.11"
    unicast_peers  = ["198.51.100.12"]
  }
}

node "lb2" {
  vrrp_instance "front" {
    priority       = 100
    source_address = "198.51.100.12"
    unicast_peers  = ["198.51.100.11"]
  }
}
