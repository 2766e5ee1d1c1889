# The proxy of this machine must take connections: one that runs and does not
# answer would be no better than none.
track_script "proxy" {
  command  = "/bin/bash -c ': > /dev/tcp/127.0.0.1/80'"
  interval = "500ms"
  timeout  = "1s"
  fall     = 2
  rise     = 2

  # Enough to fall below the other machine, which does the same: when both
  # proxies are dead, the addresses stay where they would be anyway.
  weight = -60
}

vrrp_instance "front" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51

  # Version 3 knows fractions of a second: a dead master is missed after 0.4 s.
  advert_interval = "100ms"

  # A better machine takes over from a living master only after this time: one
  # that comes and goes does not move the addresses each time.
  preempt_delay = "3s"

  addresses = ["192.0.2.100/24"]

  # The servers' default router: it moves along and is not announced.
  excluded_addresses = [{ address = "10.0.0.1/24", dev = "eth1" }]

  track_script "proxy" {}

  # Without the inside the proxy has nobody to ask: no weight, so it is a fault.
  track_interface "eth1" {}

  notify { any = "/usr/local/sbin/vrrp-changed" }
}
