package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema/diag"
)

type jsonDocument struct {
	FormatVersion int            `json:"format_version"`
	Node          string         `json:"node"`
	Source        string         `json:"source"`
	Revision      string         `json:"revision"`
	SourceHash    string         `json:"source_hash"`
	Summary       map[string]int `json:"summary"`
	Operations    []jsonOp       `json:"operations"`
	Adopted       []jsonObject   `json:"adopted,omitempty"`
	Foreign       []jsonObject   `json:"foreign,omitempty"`
	Conflicts     []jsonConflict `json:"conflicts,omitempty"`
	Waiting       []jsonObject   `json:"waiting,omitempty"`
	Notes         diag.List      `json:"notes,omitempty"`
}

type jsonOp struct {
	Verb   string          `json:"verb"`
	Kind   string          `json:"kind"`
	Name   string          `json:"name"`
	Order  uint8           `json:"phase"`
	Reason jsonReason      `json:"reason"`
	Old    json.RawMessage `json:"old,omitempty"`
	New    json.RawMessage `json:"new,omitempty"`
}

type jsonReason struct {
	Why    string `json:"why"`
	Detail string `json:"detail,omitempty"`
}

type jsonObject struct {
	Kind   string          `json:"kind"`
	Name   string          `json:"name"`
	Object json.RawMessage `json:"object"`
}

type jsonConflict struct {
	Desired  jsonObject `json:"desired"`
	Observed jsonObject `json:"observed"`
}

// JSON writes the document for programs. Parse reads it back.
func JSON(d *Document) ([]byte, error) {
	out := jsonDocument{
		FormatVersion: FormatVersion, Node: d.Node, Source: d.Source, Revision: d.Revision, SourceHash: d.SourceHash,
		Summary: map[string]int{}, Operations: []jsonOp{}, Notes: d.Notes,
	}
	for _, v := range []state.Verb{state.Add, state.Update, state.Replace, state.Remove} {
		out.Summary[v.String()] = 0
	}
	for i := range d.Plan.Ops {
		op := &d.Plan.Ops[i]
		out.Summary[op.Verb.String()]++
		o := op.Object()
		out.Operations = append(out.Operations, jsonOp{
			Verb: op.Verb.String(), Kind: o.Kind().String(), Name: o.Name(), Order: uint8(op.Phase),
			Reason: jsonReason{op.Reason.Why.String(), op.Reason.Detail}, Old: raw(op.Old), New: raw(op.New),
		})
	}
	out.Adopted, out.Foreign, out.Waiting = objects(d.Plan.Adopted), objects(d.Plan.Foreign), objects(d.Plan.Waiting)
	for _, c := range d.Plan.Conflicts {
		out.Conflicts = append(out.Conflicts, jsonConflict{object(c.Desired), object(c.Observed)})
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return append(b, '\n'), err
}

func raw(o state.Object) json.RawMessage {
	if o == nil {
		return nil
	}
	b, _ := json.Marshal(o) // plain structs of numbers and text cannot fail
	return b
}

func object(o state.Object) jsonObject { return jsonObject{o.Kind().String(), o.Name(), raw(o)} }

func objects(list []state.Object) []jsonObject {
	var out []jsonObject
	for _, o := range list {
		out = append(out, object(o))
	}
	return out
}

// Parse reads what JSON wrote. It refuses other format versions.
func Parse(b []byte) (*Document, error) {
	var in jsonDocument
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("this is not a saved plan: %w", err)
	}
	if in.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("the plan has format version %d, this lbgit reads %d; make the plan again", in.FormatVersion, FormatVersion)
	}
	d := &Document{Node: in.Node, Source: in.Source, Revision: in.Revision, SourceHash: in.SourceHash, Notes: in.Notes}
	for i, j := range in.Operations {
		op := plan.Op{Phase: plan.Phase(j.Order), Reason: plan.Reason{Detail: j.Reason.Detail}}
		v := slices.IndexFunc([]state.Verb{0, 1, 2, 3}, func(v state.Verb) bool { return v.String() == j.Verb })
		why := slices.IndexFunc(plan.Whys, func(w plan.Why) bool { return w.String() == j.Reason.Why })
		if v < 0 || why < 0 {
			return nil, fmt.Errorf("operation %d of the plan is not understood: %s because of %s", i+1, j.Verb, j.Reason.Why)
		}
		op.Verb, op.Reason.Why = state.Verb(v), plan.Whys[why]
		var err error
		if op.Old, err = parseObject(j.Kind, j.Old); err == nil {
			op.New, err = parseObject(j.Kind, j.New)
		}
		if err == nil {
			err = complete(&op, j.Kind)
		}
		if err != nil {
			return nil, fmt.Errorf("operation %d of the plan: %w", i+1, err)
		}
		d.Plan.Ops = append(d.Plan.Ops, op)
	}
	for _, list := range []struct {
		to   *[]state.Object
		from []jsonObject
	}{{&d.Plan.Adopted, in.Adopted}, {&d.Plan.Foreign, in.Foreign}, {&d.Plan.Waiting, in.Waiting}} {
		for _, o := range list.from {
			obj, err := required(o)
			if err != nil {
				return nil, err
			}
			*list.to = append(*list.to, obj)
		}
	}
	for _, c := range in.Conflicts {
		desired, err := required(c.Desired)
		if err != nil {
			return nil, err
		}
		observed, err := required(c.Observed)
		if err != nil {
			return nil, err
		}
		if desired.Kind() != observed.Kind() {
			return nil, fmt.Errorf("a %s cannot be in conflict with a %s", desired.Kind(), observed.Kind())
		}
		d.Plan.Conflicts = append(d.Plan.Conflicts, plan.Conflict{Desired: desired, Observed: observed})
	}
	return d, nil
}

func required(o jsonObject) (state.Object, error) {
	obj, err := parseObject(o.Kind, o.Object)
	if err == nil && obj == nil {
		err = fmt.Errorf("a %s is missing", o.Kind)
	}
	return obj, err
}

// complete refuses an operation that lacks what its verb is about, or has more.
func complete(op *plan.Op, kind string) error {
	switch {
	case (op.Old == nil) != (op.Verb == state.Add), (op.New == nil) != (op.Verb == state.Remove):
		return fmt.Errorf("%s of a %s has not the objects that belong to it", op.Verb, kind)
	case op.Old != nil && op.New != nil && op.Old.Name() != op.New.Name():
		return fmt.Errorf("%s makes %s of %s", op.Verb, op.New.Name(), op.Old.Name())
	case int(op.Phase) >= plan.Phases:
		return fmt.Errorf("there is no phase %d", op.Phase)
	}
	return nil
}

func parseObject(kind string, b json.RawMessage) (state.Object, error) {
	switch string(b) {
	case "":
		return nil, nil
	case "null":
		return nil, fmt.Errorf("a %s that is null", kind)
	}
	switch kind {
	case state.KindService.String():
		return parseAs[state.Service](b)
	case state.KindDestination.String():
		return parseAs[state.Destination](b)
	case state.KindTimeouts.String():
		return parseAs[state.Timeouts](b)
	case state.KindAddress.String():
		return parseAs[state.Address](b)
	case state.KindRoute.String():
		return parseAs[state.Route](b)
	case state.KindLink.String():
		return parseAs[state.Link](b)
	case state.KindRule.String():
		return parseAs[state.Rule](b)
	case state.KindFilter.String():
		return parseAs[state.Filter](b)
	case state.KindSysctl.String():
		return parseAs[state.Sysctl](b)
	}
	return nil, fmt.Errorf("unknown kind %q", kind)
}

func parseAs[T state.Object](b []byte) (state.Object, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(&v)
	return v, err
}
