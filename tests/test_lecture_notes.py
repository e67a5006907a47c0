"""Derivations as lecture notes write them: right as they stand, and with one line turned round, found in that line."""

import re

import pytest

from autograd import mark

DERIVATIONS = {
    "lstm": """\
x = 0.5; h0 = 0.1; c0 = 0.2; t = 0.3
wf = 0.3; uf = 0.4; wi = 0.2; ui = -0.3; wg = 0.7; ug = 0.2; wo = -0.4; uo = 0.6
f = σ(wf*x + uf*h0)
i = σ(wi*x + ui*h0)
g = tanh(wg*x + ug*h0)
o = σ(wo*x + uo*h0)
c = f*c0 + i*g
h = o*tanh(c)
E = (h - t)²/2
δh = h - t
δo = δh*tanh(c)*o*(1-o)
δc = δh*o*(1 - tanh(c)^2)
δf = δc*c0*f*(1-f)
δi = δc*g*i*(1-i)
δg = δc*i*(1-g^2)
dE/dwf = δf*x
dE/dwi = δi*x
dE/dwg = δg*x
dE/dwo = δo*x
dE/duf = δf*h0
""",
    "gru": """\
x = 0.4; h0 = 0.3; t = 0.9; wz = 0.5; uz = 0.2; wr = -0.3; ur = 0.7; wn = 0.6; un = 0.4
z = σ(wz*x + uz*h0)
r = σ(wr*x + ur*h0)
n = tanh(wn*x + un*(r*h0))
h = (1 - z)*n + z*h0
E = (h - t)²/2
dE/dh = h - t
dE/dn = dE/dh*(1 - z)
dE/dz = dE/dh*(h0 - n)
δn = dE/dn*(1 - n²)
dE/dwn = δn*x
dE/dun = δn*r*h0
dE/dr = δn*un*h0
dE/dwr = dE/dr*r*(1 - r)*x
dE/dwz = dE/dz*z*(1-z)*x
dE/dh0 = dE/dh*z + dE/dz*z*(1-z)*uz + δn*un*r + dE/dr*r*(1-r)*ur
""",
    "batch norm": """\
x1 = 1; x2 = 2; x3 = 4; γ = 1.5; β = 0.1; ε = 0.001
μ = (x1 + x2 + x3)/3
v = ((x1-μ)² + (x2-μ)² + (x3-μ)²)/3
s = sqrt(v + ε)
n1 = (x1 - μ)/s; n2 = (x2 - μ)/s; n3 = (x3 - μ)/s
y1 = γ*n1 + β; y2 = γ*n2 + β; y3 = γ*n3 + β
L = y1² + 2*y2² + y3
dL/dy1 = 2*y1
dL/dy2 = 4*y2
dL/dy3 = 1
dL/dγ = 2*y1*n1 + 4*y2*n2 + n3
dL/dβ = 2*y1 + 4*y2 + 1
g1 = γ*2*y1; g2 = γ*4*y2; g3 = γ
m = (g1 + g2 + g3)/3
k = (g1*n1 + g2*n2 + g3*n3)/3
dL/dx1 = (g1 - m - n1*k)/s
dL/dx2 = (g2 - m - n2*k)/s
dL/dx3 = (g3 - m - n3*k)/s
""",
    "attention": """\
q = 0.5; k1 = 0.3; k2 = -0.2; v1 = 1; v2 = 2; t = 1.5; d = 2
s1 = q*k1/sqrt(d)
s2 = q*k2/sqrt(d)
e1 = exp(s1); e2 = exp(s2)
Z = e1 + e2
a1 = e1/Z; a2 = e2/Z
o = a1*v1 + a2*v2
E = (o - t)²/2
dE/do = o - t
dE/da1 = dE/do*v1
dE/da2 = dE/do*v2
dE/dv1 = dE/do*a1
dE/ds1 = a1*(dE/da1 - (a1*dE/da1 + a2*dE/da2))
dE/ds2 = a2*(dE/da2 - (a1*dE/da1 + a2*dE/da2))
dE/dk1 = dE/ds1*q/sqrt(d)
dE/dq = (dE/ds1*k1 + dE/ds2*k2)/sqrt(d)
""",
    "recurrent, textbook partials": """\
x1 = 1; x2 = 0.5; w = 0.6; u = 0.4; v = 0.8; t = 0.5
h1 = tanh(w*x1)
h2 = tanh(w*x2 + u*h1)
L = (v*h2 - t)²/2
∂h1/∂w = (1 - h1²)*x1
∂h2/∂w = (1 - h2²)*x2
∂h2/∂h1 = (1 - h2²)*u
∂L/∂h2 = (v*h2 - t)*v
dL/dw = ∂L/∂h2*(∂h2/∂w + ∂h2/∂h1*∂h1/∂w)
""",
    "soft labels": """\
z1 = 1; z2 = 0.5; z3 = -0.2; t1 = 0.7; t2 = 0.2; t3 = 0.1
e1 = e^z1; e2 = e^z2; e3 = e^z3
S = e1 + e2 + e3
p1 = e1/S; p2 = e2/S; p3 = e3/S
L = -t1*ln(p1) - t2*ln(p2) - t3*ln(p3)
dL/dp1 = -t1/p1
dp1/dz1 = p1*(1 - p1)
dp1/dz2 = -p1*p2
dp2/dz1 = -p1*p2
dL/dz1 = p1 - t1
dL/dz2 = p2 - t2
dL/dz3 = p3 - t3
""",
}
CLAIM = re.compile(r"(?:(?:[d∂][^\s;=]+/[d∂]|δ)[^\s;=]+) = ([^;=]+)")
LINES = [
    (name, at)
    for name, text in DERIVATIONS.items()
    for at, line in enumerate(text.splitlines(), start=1)
    if CLAIM.fullmatch(line)
]


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_derivation_out_of_lecture_notes_is_right(name):
    marking = mark(DERIVATIONS[name])
    assert {verdict.word for verdict in marking.verdicts} == {"right"}


@pytest.mark.parametrize(("name", "line"), LINES)
def test_one_wrong_sign_in_it_is_found_where_it_was_made(name, line):
    lines = DERIVATIONS[name].splitlines()
    lines[line - 1] = CLAIM.sub(lambda found: found[0].replace(found[1], f"-({found[1]})"), lines[line - 1])
    (root,) = mark("\n".join(lines)).first_mistakes
    assert root.claim.line == line
    assert root.diagnosis[0].kind == "sign"
