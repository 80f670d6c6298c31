package spec

import (
	"errors"
	"fmt"
	"math/big"
	"net"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/gocty"
)

var (
	prefixParameter  = function.Parameter{Name: "prefix", Type: cty.String}
	newbitsParameter = function.Parameter{Name: "newbits", Type: cty.Number}
)

func cidrSubnetFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{prefixParameter, newbitsParameter, {Name: "netnum", Type: cty.Number}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			network, bits, err := networkAndBits(args[0], args[1])
			if err != nil {
				return cty.NilVal, err
			}
			number, err := wholeNumber(args[2])
			if err != nil {
				return cty.NilVal, err
			}
			if number.Sign() < 0 {
				return cty.NilVal, errors.New("the number of the subnet is negative")
			}
			subnet, err := cidr.SubnetBig(network, bits, number)
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(subnet.String()), nil
		},
	})
}

func cidrSubnetsFunc() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{prefixParameter},
		VarParam: &newbitsParameter,
		Type:     function.StaticReturnType(cty.List(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var subnets []cty.Value
			var last *net.IPNet
			for _, arg := range args[1:] {
				network, bits, err := networkAndBits(args[0], arg)
				if err != nil {
					return cty.NilVal, err
				}
				if last, err = nextSubnet(network, last, bits); err != nil {
					return cty.NilVal, err
				}
				subnets = append(subnets, cty.StringVal(last.String()))
			}
			if len(subnets) == 0 {
				return cty.ListValEmpty(cty.String), nil
			}
			return cty.ListVal(subnets), nil
		},
	})
}

// nextSubnet is the first subnet of a network after the last one, if any.
func nextSubnet(network, last *net.IPNet, bits int) (*net.IPNet, error) {
	ones, size := network.Mask.Size()
	if last == nil {
		return &net.IPNet{IP: network.IP, Mask: net.CIDRMask(ones+bits, size)}, nil
	}
	next, rollover := cidr.NextSubnet(last, ones+bits)
	if rollover || !network.Contains(next.IP) {
		return nil, fmt.Errorf("%s has no room after %s for another subnet with a prefix of %d bits", network, last, ones+bits)
	}
	return next, nil
}

func cidrHostFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{prefixParameter, {Name: "hostnum", Type: cty.Number}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			network, err := parseNetwork(args[0])
			if err != nil {
				return cty.NilVal, err
			}
			number, err := wholeNumber(args[1])
			if err != nil {
				return cty.NilVal, err
			}
			host, err := cidr.HostBig(network, number)
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(host.String()), nil
		},
	})
}

func cidrNetmaskFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{prefixParameter},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			network, err := parseNetwork(args[0])
			if err != nil {
				return cty.NilVal, err
			}
			if network.IP.To4() == nil {
				return cty.NilVal, errors.New("only IPv4 networks have a netmask")
			}
			return cty.StringVal(net.IP(network.Mask).String()), nil
		},
	})
}

func parseNetwork(v cty.Value) (*net.IPNet, error) {
	_, network, err := net.ParseCIDR(v.AsString())
	if err != nil {
		return nil, fmt.Errorf("%q is no range of addresses like 10.20.0.0/20", brief(v.AsString()))
	}
	return network, nil
}

// networkAndBits reads a network and how many bits its prefix is to grow by.
func networkAndBits(prefix, newbits cty.Value) (*net.IPNet, int, error) {
	network, err := parseNetwork(prefix)
	if err != nil {
		return nil, 0, err
	}
	ones, size := network.Mask.Size()
	var bits int
	if err := gocty.FromCtyValue(newbits, &bits); err != nil || bits < 0 || bits > size-ones {
		return nil, 0, fmt.Errorf("the prefix of %s can grow by 0 to %d bits", network, size-ones)
	}
	return network, bits, nil
}

func wholeNumber(v cty.Value) (*big.Int, error) {
	number, accuracy := v.AsBigFloat().Int(nil)
	if accuracy != big.Exact {
		return nil, errors.New("a whole number is required")
	}
	return number, nil
}
