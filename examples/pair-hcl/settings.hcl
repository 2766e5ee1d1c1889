settings {
  router_id = node.name
}
