package schema

// syncGroups checks that every instance is in one group at most, and that the
// members can agree (keepalived facts 11.5, 11.6).
func (v *validator) syncGroups() {
	of := map[string]*SyncGroup{}
	instances := map[string]*VRRPInstance{}
	for _, i := range v.cfg.Instances {
		instances[i.Name] = i
	}
	for _, g := range v.cfg.SyncGroups {
		v.tracking("sync group "+quote(g.Name), &g.Tracking, g.Src)
		owners, others := 0, 0
		for _, n := range g.Instances {
			i := instances[n]
			switch first := of[n]; {
			case i == nil:
				v.Errorf(g.Src, "sync group %q names the VRRP instance %q, which does not exist", g.Name, n)
				continue
			case first == g:
				v.Errorf(g.Src, "sync group %q names the VRRP instance %q twice", g.Name, n)
				continue
			case first != nil:
				v.Errorf(g.Src, "VRRP instance %q is in the sync groups %q and %q", n, first.Name, g.Name).And(first.Src).
					Because("its state can follow one of them only")
				continue
			}
			of[n] = g
			if i.Priority == 255 {
				owners++
			} else {
				others++
			}
		}
		if len(g.Instances) == 1 && owners+others == 1 {
			v.Warnf(g.Src, "sync group %q has only one instance", g.Name).As("sync-group-of-one")
		}
		if owners > 0 && others > 0 {
			v.Warnf(g.Src, "sync group %q mixes owners (priority 255) with others", g.Name).As("sync-group-owner").
				Because("an owner is master in any case and the others are not: the group waits for the last of them")
		}
	}
}

// SyncGroupOf names the sync group of every instance that is in one.
func (c *Config) SyncGroupOf() map[string]string {
	of := map[string]string{}
	for _, g := range c.SyncGroups {
		for _, n := range g.Instances {
			of[n] = g.Name
		}
	}
	return of
}
