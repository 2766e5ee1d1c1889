package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/runtime/control"
)

// The verbs of this file are orders by hand to the daemon of this node. They
// live beside the configuration, and status shows them.

func failoverCommand() *cobra.Command {
	var c common
	cmd := &cobra.Command{
		Use:   "failover INSTANCE",
		Short: "Hand a VRRP instance over to its peer",
		Long: `Hand a VRRP instance over to its peer: priority 0 is announced at once, and this
node goes on answering until the peer has taken over. From then on it takes the
instance back only when the peer is lost, or after "lbgit promote INSTANCE".
In a sync group all members go.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.order(cmd, "failover", control.InstanceRequest{Instance: args[0]})
		},
	}
	c.commonFlags(cmd)
	return cmd
}

func demoteCommand() *cobra.Command {
	var c common
	q := control.InstanceRequest{}
	cmd := &cobra.Command{
		Use:   "demote --by N --for DURATION [INSTANCE]",
		Short: "Lower the priority of a VRRP instance, or of all, for a time",
		Long: `Lower the priority of a VRRP instance, or of all, for a time. It ends by itself,
also across a restart of the daemon, or with "lbgit promote INSTANCE". A promotion
ends.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				q.Instance = args[0]
			}
			return c.order(cmd, "demote", q)
		},
	}
	c.commonFlags(cmd)
	cmd.Flags().IntVar(&q.By, "by", 0, "how much is taken off the priority, 1 to 253")
	cmd.Flags().DurationVar(&q.For, "for", 0, "how long, such as 30m")
	require(cmd, "by", "for")
	return cmd
}

func promoteCommand() *cobra.Command {
	var c common
	var d time.Duration
	cmd := &cobra.Command{
		Use:   "promote INSTANCE [--for DURATION]",
		Short: "Take a VRRP instance to this node, or take back what was ordered by hand",
		Long: `Without --for, end every order by hand for a VRRP instance (failover, demote,
promote --for): whoever has the higher priority is master again.

With --for, have this node lead it for that long: its priority is 254 whatever the
trackers say, and it takes over at once. An owner of addresses (priority 255)
cannot be overruled.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("for") && d <= 0 {
				return fmt.Errorf("--for %s: a time above zero; without --for, orders given by hand end", d)
			}
			return c.order(cmd, "promote", control.InstanceRequest{Instance: args[0], For: d})
		},
	}
	c.commonFlags(cmd)
	cmd.Flags().DurationVar(&d, "for", 0, "lead for so long, such as 1h")
	return cmd
}

func (c *common) order(cmd *cobra.Command, verb string, q control.InstanceRequest) error {
	d, err := control.Dial(c.socket)
	if err != nil {
		return err
	}
	said, err := d.Order(cmd.Context(), verb, q)
	if err == nil {
		fmt.Fprint(cmd.OutOrStdout(), said)
	}
	return err
}

func require(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err) // the flag does not exist: a slip of the pen above
		}
	}
}
