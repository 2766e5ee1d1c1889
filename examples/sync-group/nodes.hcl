# Both instances of a machine have the same priority: it is the machine that is
# preferred.
node "lb1" {
  vrrp_instance "outside" { priority = 150 }
  vrrp_instance "inside" { priority = 150 }
}

node "lb2" {
  vrrp_instance "outside" { priority = 100 }
  vrrp_instance "inside" { priority = 100 }
}
