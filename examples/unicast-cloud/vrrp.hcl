# What the cloud calls the network interfaces of the machines.
locals {
  interface_ids = {
    lb1 = "eni-0123456789abcdef1"
    lb2 = "eni-0123456789abcdef2"
  }
}

vrrp_instance "front" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  advert_interval   = "200ms"

  # A host address: whatever the subnet is, the cloud routes it.
  addresses = ["198.51.100.100"]

  # A cloud carries no multicast: source_address and unicast_peers stand with
  # the nodes. Should they be forgotten, it is a fault and no second master.
  unicast_only = true

  # Neighbours in a cloud may be strangers: adverts are signed. The key is not
  # in git; a machine that cannot read it stays out of the election.
  authentication {
    type       = "hmac"
    active_key = 1
    key "1" { secret = "file:/var/lib/lbgit/vrrp.key" }
  }

  # The network is told where the address is; it learns nothing from gratuitous
  # ARP. One is sent for the sake of the machines on the same host.
  garp {
    repeat = 1
    delay  = "0s"
  }

  notify {
    master = "/usr/local/sbin/move-address 198.51.100.100 ${local.interface_ids[node.name]}"
  }
}

settings {
  router_id = node.name
}
