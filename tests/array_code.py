"""Hand-written ways back in NumPy and PyTorch code, right ones and with planted mistakes, and how they are marked.

Of how many planted mistakes the line is found, of how many the kind, and beside how many another line is called wrong:

    python tests/array_code.py                 the ninja notebook, in three styles
    python tests/array_code.py --layers        the layers of a course
    python tests/array_code.py --full          time and memory of the notebook at its full shapes
    python tests/array_code.py a.ipynb b.py    files of others, beside what PyTorch says in a notebook's outputs
"""

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import product, zip_longest
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from autograd import mark_code

DATA = """
import torch
import torch.nn.functional as F
words = open('names.txt', 'r').read().splitlines()
letters = sorted(set(''.join(words)))
index = {s: i + 1 for i, s in enumerate(letters)}
index['.'] = 0
vocab_size = len(index)
block_size = 3
def pairs(words):
    X, Y = [], []
    for w in words:
        context = [0] * block_size
        for ch in w + '.':
            X.append(context)
            Y.append(index[ch])
            context = context[1:] + [index[ch]]
    return torch.tensor(X), torch.tensor(Y)
Xtr, Ytr = pairs(words)
n_embd, n_hidden, n = EMBD, HIDDEN, BATCH
g = torch.Generator().manual_seed(1)
C = torch.randn((vocab_size, n_embd), generator=g)
W1 = torch.randn((n_embd * block_size, n_hidden), generator=g) * 0.3
b1 = torch.randn(n_hidden, generator=g) * 0.1
W2 = torch.randn((n_hidden, vocab_size), generator=g) * 0.2
b2 = torch.randn(vocab_size, generator=g) * 0.1
bngain = torch.randn((1, n_hidden)) * 0.1 + 1.0
bnbias = torch.randn((1, n_hidden)) * 0.1
parameters = [C, W1, b1, W2, b2, bngain, bnbias]
for p in parameters:
    p.requires_grad = True
ix = torch.randint(0, Xtr.shape[0], (n,), generator=g)
Xb, Yb = Xtr[ix], Ytr[ix]
"""

FORWARD = """
emb = C[Xb]
embcat = emb.view(emb.shape[0], -1)
hprebn = embcat @ W1 + b1
bnmeani = 1/n * hprebn.sum(0, keepdim=True)
bndiff = hprebn - bnmeani
bndiff2 = bndiff**2
bnvar = 1/(n-1) * bndiff2.sum(0, keepdim=True)
bnvar_inv = (bnvar + 1e-5)**-0.5
bnraw = bndiff * bnvar_inv
hpreact = bngain * bnraw + bnbias
h = torch.tanh(hpreact)
logits = h @ W2 + b2
logit_maxes = logits.max(1, keepdim=True).values
norm_logits = logits - logit_maxes
counts = norm_logits.exp()
counts_sum = counts.sum(1, keepdims=True)
counts_sum_inv = counts_sum**-1
probs = counts * counts_sum_inv
logprobs = probs.log()
loss = -logprobs[range(n), Yb].mean()
"""

PLAIN = """
dlogprobs = torch.zeros_like(logprobs)
dlogprobs[range(n), Yb] = -1.0/n
dprobs = (1.0 / probs) * dlogprobs
dcounts_sum_inv = (counts * dprobs).sum(1, keepdim=True)
dcounts = counts_sum_inv * dprobs
dcounts_sum = (-counts_sum**-2) * dcounts_sum_inv
dcounts += torch.ones_like(counts) * dcounts_sum
dnorm_logits = counts * dcounts
dlogits = dnorm_logits.clone()
dlogit_maxes = (-dnorm_logits).sum(1, keepdim=True)
dlogits += F.one_hot(logits.max(1).indices, num_classes=logits.shape[1]) * dlogit_maxes
dh = dlogits @ W2.T
dW2 = h.T @ dlogits
db2 = dlogits.sum(0)
dhpreact = (1.0 - h**2) * dh
dbngain = (bnraw * dhpreact).sum(0, keepdim=True)
dbnraw = bngain * dhpreact
dbnbias = dhpreact.sum(0, keepdim=True)
dbndiff = bnvar_inv * dbnraw
dbnvar_inv = (bndiff * dbnraw).sum(0, keepdim=True)
dbnvar = (-0.5 * (bnvar + 1e-5)**-1.5) * dbnvar_inv
dbndiff2 = (1.0/(n-1)) * torch.ones_like(bndiff2) * dbnvar
dbndiff += (2 * bndiff) * dbndiff2
dhprebn = dbndiff.clone()
dbnmeani = (-dbndiff).sum(0)
dhprebn += 1.0/n * torch.ones_like(hprebn) * dbnmeani
dembcat = dhprebn @ W1.T
dW1 = embcat.T @ dhprebn
db1 = dhprebn.sum(0)
demb = dembcat.view(emb.shape)
dC = torch.zeros_like(C)
for k in range(Xb.shape[0]):
    for j in range(Xb.shape[1]):
        dC[Xb[k, j]] += demb[k, j]
"""

# Short forms: softmax less one-hot in one go, batch normalization in one go, an embedding added up by index_add_.
SHORT = """
dlogits = F.softmax(logits, 1)
dlogits[range(n), Yb] -= 1
dlogits /= n
dh = dlogits.matmul(W2.t())
dW2 = torch.matmul(h.t(), dlogits)
db2 = torch.sum(dlogits, dim=0)
dhpreact = dh * (1 - torch.square(h))
dbngain = torch.sum(bnraw * dhpreact, dim=0, keepdim=True)
dbnbias = torch.sum(dhpreact, dim=0, keepdim=True)
dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))
dembcat = dhprebn.matmul(W1.t())
dW1 = torch.matmul(embcat.t(), dhprebn)
db1 = torch.sum(dhprebn, dim=0)
demb = dembcat.reshape(n, block_size, n_embd)
dC = torch.zeros((vocab_size, n_embd))
dC.index_add_(0, Xb.view(-1), demb.view(-1, n_embd))
"""

# Other names, and each path as a name of its own.
PATHS = """
logprobs_grad = -F.one_hot(Yb, vocab_size) / n
probs_grad = logprobs_grad / probs
counts_sum_inv_grad = (probs_grad * counts).sum(dim=1, keepdim=True)
counts_sum_grad = -counts_sum_inv_grad / counts_sum**2
first = probs_grad * counts_sum_inv
counts_grad = first + counts_sum_grad.expand(counts.shape)
norm_logits_grad = counts_grad * norm_logits.exp()
logits_grad = norm_logits_grad - norm_logits_grad.sum(1, keepdim=True) * F.one_hot(logits.argmax(1), vocab_size)
h_grad = torch.einsum('ij,kj->ik', logits_grad, W2)
W2_grad = torch.einsum('ij,ik->jk', h, logits_grad)
b2_grad = logits_grad.sum(dim=0)
hpreact_grad = h_grad - h_grad * h * h
bngain_grad = (hpreact_grad * bnraw).sum(dim=0, keepdim=True)
bnbias_grad = hpreact_grad.sum(dim=0, keepdim=True)
bnraw_grad = hpreact_grad * bngain
bnvar_inv_grad = (bnraw_grad * bndiff).sum(dim=0, keepdim=True)
bnvar_grad = bnvar_inv_grad * -0.5 * bnvar_inv**3
bndiff2_grad = bnvar_grad.expand(n, n_hidden) / (n - 1)
bndiff_grad = bnraw_grad * bnvar_inv + bndiff2_grad * 2 * bndiff
bnmeani_grad = -bndiff_grad.sum(dim=0, keepdim=True)
hprebn_grad = bndiff_grad + bnmeani_grad / n
embcat_grad = hprebn_grad @ torch.transpose(W1, 0, 1)
W1_grad = torch.transpose(embcat, 0, 1) @ hprebn_grad
b1_grad = hprebn_grad.sum(dim=0)
emb_grad = embcat_grad.reshape(emb.shape)
C_grad = F.one_hot(Xb, vocab_size).reshape(-1, vocab_size).T.float() @ emb_grad.reshape(-1, n_embd)
"""

STYLES = {"plain": PLAIN, "short": SHORT, "paths": PATHS}

# Maxima that matter: in the ninja notebook the maximum is subtracted from what softmax takes, and has the gradient 0.
PEAKS = """
V = torch.randn((n_embd * (block_size + 1), n_hidden), generator=g) * 0.3
e = torch.randn((n, block_size, n_embd), generator=g)
pooled = e.max(1).values
u = torch.cat([e.view(n, -1), pooled], 1)
z = u @ V
peak = z.max(1, keepdim=True).values
r = z - 0.5 * peak
h = torch.tanh(r)
top = h.max(0, keepdim=True).values
s = h * top
logits = s @ W2 + b2
loss = (logits**2).mean()
"""

PEAK_STYLES = {
    "plain": """
dlogits = 2.0 * logits / (n * vocab_size)
ds = dlogits @ W2.T
dh = ds * top
dtop = (ds * h).sum(0, keepdim=True)
dh += F.one_hot(h.max(0).indices, n).T * dtop
dr = dh * (1 - h**2)
dz = dr.clone()
dpeak = -0.5 * dr.sum(1, keepdim=True)
dz += F.one_hot(z.max(1).indices, n_hidden) * dpeak
dV = u.T @ dz
du = dz @ V.T
de = du[:, :n_embd * block_size].reshape(e.shape).clone()
dpooled = du[:, n_embd * block_size:]
de += F.one_hot(e.max(1).indices, block_size).permute(0, 2, 1) * dpooled[:, None, :]
""",
    "short": """
ds = (logits * 2 / logits.numel()).matmul(W2.t())
dh = ds * top + (h == top) * (ds * h).sum(0)
dr = dh - dh * h**2
dz = dr - 0.5 * (z == peak) * dr.sum(1, keepdim=True)
dV = torch.matmul(u.t(), dz)
du = torch.matmul(dz, V.t())
de = du[:, :-n_embd].reshape(n, block_size, n_embd) + (e == pooled[:, None, :]) * du[:, None, -n_embd:]
""",
    "paths": """
logits_grad = logits / n / vocab_size * 2
s_grad = torch.einsum('ij,kj->ik', logits_grad, W2)
h_grad = s_grad * top
h_grad[h.argmax(0), range(n_hidden)] += (s_grad * h).sum(0)
r_grad = h_grad * (1 - torch.tanh(r)**2)
z_grad = r_grad.clone()
z_grad[range(n), z.argmax(1)] -= 0.5 * r_grad.sum(1)
V_grad = torch.einsum('ij,ik->jk', u, z_grad)
u_grad = torch.einsum('ij,kj->ik', z_grad, V)
e_grad = u_grad[:, :n_embd * block_size].reshape(e.shape).clone()
e_grad.scatter_add_(1, e.argmax(1, keepdim=True), u_grad[:, n_embd * block_size:].unsqueeze(1))
""",
}


def ninja(style, *, batch=5, hidden=7, embd=2, peaks=False):
    """Return the whole exercise in one style, or the one with maxima; small unless other shapes are given."""
    data = DATA.replace("EMBD", str(embd)).replace("HIDDEN", str(hidden)).replace("BATCH", str(batch))
    return data + (PEAKS + PEAK_STYLES[style] if peaks else FORWARD + STYLES[style])


class Planted(NamedTuple):
    """A mistake: its kind, the style or the layer, what is written, and what stands there instead."""

    kind: str
    where: str
    right: str
    wrong: str
    line: str = ""  # a part of the line that is to be blamed, where it is not the changed one


SUM, AXIS = "not summed over the broadcast axis", "summed over the wrong axis"
PRODUCT, BESSEL = "elementwise for matrix product", "Bessel's n − 1"
ONE_HOT, LEFT_OUT = "softmax without − one-hot", "a branch left out"
MEAN = "1/n * hprebn.sum(0, keepdim=True)"
POOLED = "F.one_hot(e.max(1).indices, block_size).permute(0, 2, 1) * dpooled[:, None, :]"
ALIAS = """dlogits = dnorm_logits
dlogits[0] += 1
dlogit_maxes = (-dnorm_logits).sum(1, keepdim=True)
dlogits[0] -= 1
"""
MAX, DETACHED = "the max's path forgotten", "a detached branch"
STALE, IN_PLACE = "stale cache", "changed in place"

# Each way in which a kind of mistake is planted: in each style what is written, what stands there instead, and how the
# line that is to blame begins where it is not the changed one.
WAYS = [
    (SUM, {"plain": ("db2 = dlogits.sum(0)", "db2 = dlogits"),
           "short": ("db2 = torch.sum(dlogits, dim=0)", "db2 = dlogits"),
           "paths": ("b2_grad = logits_grad.sum(dim=0)", "b2_grad = logits_grad")}),
    (SUM, {"plain": ("dbngain = (bnraw * dhpreact).sum(0, keepdim=True)", "dbngain = bnraw * dhpreact"),
           "short": ("dbngain = torch.sum(bnraw * dhpreact, dim=0, keepdim=True)", "dbngain = bnraw * dhpreact"),
           "paths": ("bngain_grad = (hpreact_grad * bnraw).sum(dim=0, keepdim=True)",
                     "bngain_grad = hpreact_grad * bnraw")}),
    (SUM, {"plain": ("db1 = dhprebn.sum(0)", "db1 = dhprebn"),
           "short": ("db1 = torch.sum(dhprebn, dim=0)", "db1 = dhprebn"),
           "paths": ("b1_grad = hprebn_grad.sum(dim=0)", "b1_grad = hprebn_grad")}),
    (AXIS, {"plain": ("db2 = dlogits.sum(0)", "db2 = dlogits.sum(1)"),
            "short": ("db2 = torch.sum(dlogits, dim=0)", "db2 = torch.sum(dlogits, dim=1)"),
            "paths": ("b2_grad = logits_grad.sum(dim=0)", "b2_grad = logits_grad.sum(dim=1)")}),
    (AXIS, {"plain": ("dbnbias = dhpreact.sum(0, keepdim=True)", "dbnbias = dhpreact.sum(1, keepdim=True)"),
            "short": ("dbnbias = torch.sum(dhpreact, dim=0,", "dbnbias = torch.sum(dhpreact, dim=1,"),
            "paths": ("bnbias_grad = hpreact_grad.sum(dim=0,", "bnbias_grad = hpreact_grad.sum(dim=1,")}),
    (AXIS, {"plain": ("(counts * dprobs).sum(1,", "(counts * dprobs).sum(0,"),
            "short": ("- dhpreact.sum(0) - n", "- dhpreact.sum(1, keepdim=True) - n"),
            "paths": ("(probs_grad * counts).sum(dim=1,", "(probs_grad * counts).sum(dim=0,")}),
    ("transposed", {"plain": ("dh = dlogits @ W2.T", "dh = dlogits @ W2"),
                    "short": ("dh = dlogits.matmul(W2.t())", "dh = dlogits.matmul(W2)"),
                    "paths": ("'ij,kj->ik', logits_grad, W2", "'ij,jk->ik', logits_grad, W2")}),
    ("transposed", {"plain": ("dW1 = embcat.T @ dhprebn", "dW1 = dhprebn.T @ embcat"),
                    "short": ("torch.matmul(embcat.t(), dhprebn)", "torch.matmul(dhprebn.t(), embcat)"),
                    "paths": ("torch.transpose(embcat, 0, 1) @ hprebn_grad",
                              "torch.transpose(hprebn_grad, 0, 1) @ embcat")}),
    ("transposed", {"plain": ("dW2 = h.T @ dlogits", "dW2 = h @ dlogits.T"),
                    "short": ("torch.matmul(h.t(), dlogits)", "torch.matmul(dlogits.t(), h)"),
                    "paths": ("'ij,ik->jk', h, logits_grad", "'ij,ik->kj', h, logits_grad")}),
    ("= where += belongs", {"plain": ("dbndiff += (2", "dbndiff = (2")}),
    ("= where += belongs", {"plain": ("dcounts += torch", "dcounts = torch")}),
    ("= where += belongs", {"plain": ("dhprebn += 1.0/n", "dhprebn = 1.0/n")}),
    ("= where += belongs", {"plain": ("dC[Xb[k, j]] += demb", "dC[Xb[k, j]] = demb"),
                            "short": ("dC.index_add_(0, Xb.view(-1), demb.view(-1, n_embd))",
                                      "dC[Xb.view(-1)] = demb.view(-1, n_embd)")}),
    (PRODUCT, {"plain": ("dembcat = dhprebn @ W1.T", "dembcat = dhprebn * W1.T"),
               "short": ("dembcat = dhprebn.matmul(W1.t())", "dembcat = dhprebn.mul(W1.t())"),
               "paths": ("hprebn_grad @ torch.transpose(W1", "hprebn_grad * torch.transpose(W1")}),
    (PRODUCT, {"plain": ("dW2 = h.T @ dlogits", "dW2 = h.T * dlogits"),
               "short": ("torch.matmul(h.t(), dlogits)", "torch.mul(h.t(), dlogits)"),
               "paths": ("torch.einsum('ij,ik->jk', h, logits_grad)", "h.T * logits_grad")}),
    (PRODUCT, {"plain": ("dh = dlogits @ W2.T", "dh = dlogits * W2.T"),
               "short": ("dh = dlogits.matmul(W2.t())", "dh = dlogits * W2.t()"),
               "paths": ("torch.einsum('ij,kj->ik', logits_grad, W2)", "logits_grad * W2.T")}),
    ("pre-activation", {"plain": ("(1.0 - h**2) * dh", "(1.0 - hpreact**2) * dh"),
                        "short": ("(1 - torch.square(h))", "(1 - torch.square(hpreact))"),
                        "paths": ("h_grad * h * h", "h_grad * hpreact * hpreact")}),
    ("pre-activation", {"plain": ("dW2 = h.T @", "dW2 = hpreact.T @"),
                        "short": ("torch.matmul(h.t(),", "torch.matmul(hpreact.t(),"),
                        "paths": ("jk', h, logits_grad", "jk', hpreact, logits_grad")}),
    ("pre-activation", {"plain": ("dnorm_logits = counts *", "dnorm_logits = norm_logits *"),
                        "paths": ("counts_grad * norm_logits.exp()", "counts_grad * norm_logits")}),
    ("1/n missing", {"plain": ("dlogprobs[range(n), Yb] = -1.0/n", "dlogprobs[range(n), Yb] = -1.0"),
                     "short": ("dlogits /= n\n", "dlogits /= 1\n"),
                     "paths": ("-F.one_hot(Yb, vocab_size) / n", "-F.one_hot(Yb, vocab_size) * 1.0")}),
    ("1/n missing", {"plain": ("dhprebn += 1.0/n * torch", "dhprebn += torch"),
                     "short": ("bnvar_inv/n * (", "bnvar_inv * ("),
                     "paths": ("bndiff_grad + bnmeani_grad / n", "bndiff_grad + bnmeani_grad")}),
    ("1/n missing", {"plain": ("dbndiff2 = (1.0/(n-1)) * torch", "dbndiff2 = torch"),
                     "paths": ("n_hidden) / (n - 1)", "n_hidden)")}),
    ("1/n twice", {"plain": ("dW2 = h.T @ dlogits", "dW2 = h.T @ dlogits / n"),
                   "short": ("torch.matmul(h.t(), dlogits)", "torch.matmul(h.t(), dlogits) / n"),
                   "paths": ("h, logits_grad)\nb2", "h, logits_grad) / n\nb2")}),
    ("1/n twice", {"plain": ("dlogprobs[range(n), Yb] = -1.0/n", "dlogprobs[range(n), Yb] = -1.0/n**2"),
                   "short": ("dlogits /= n\n", "dlogits /= n * n\n"),
                   "paths": ("-F.one_hot(Yb, vocab_size) / n", "-F.one_hot(Yb, vocab_size) / n / n")}),
    ("1/n twice", {"plain": ("db2 = dlogits.sum(0)", "db2 = dlogits.mean(0)"),
                   "short": ("db2 = torch.sum(dlogits, dim=0)", "db2 = torch.mean(dlogits, dim=0)"),
                   "paths": ("b2_grad = logits_grad.sum(dim=0)", "b2_grad = logits_grad.mean(dim=0)")}),
    (BESSEL, {"plain": ("dbndiff2 = (1.0/(n-1))", "dbndiff2 = (1.0/n)"),
              "short": ("- n/(n-1)*bnraw", "- bnraw"),
              "paths": ("n_hidden) / (n - 1)", "n_hidden) / n")}),
    (BESSEL, {"plain": ("bnvar = 1/(n-1) *", "bnvar = 1/n *", "dbndiff2 = "),
              "short": ("bnvar = 1/(n-1) *", "bnvar = 1/n *", "dhprebn = "),
              "paths": ("bnvar = 1/(n-1) *", "bnvar = 1/n *", "bndiff2_grad = ")}),
    (BESSEL, {"plain": ("dhprebn += 1.0/n *", "dhprebn += 1.0/(n-1) *"),
              "short": ("bnvar_inv/n * (", "bnvar_inv/(n-1) * ("),
              "paths": ("bndiff_grad + bnmeani_grad / n", "bndiff_grad + bnmeani_grad / (n - 1)")}),
    (ONE_HOT, {"plain": ("dlogits = dnorm_logits.clone()", "dlogits = probs / n"),
               "short": ("dlogits[range(n), Yb] -= 1\n", "\n", "dlogits /= n"),
               "paths": ("logits_grad = norm_logits_grad - norm", "logits_grad = probs / n #")}),
    (ONE_HOT, {"plain": ("dlogits = dnorm_logits.clone()", "dlogits = F.softmax(logits, 1) / n"),
               "short": ("dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\ndlogits /= n",
                         "dlogits = F.softmax(logits, 1) / n"),
               "paths": ("logits_grad = norm_logits_grad - norm", "logits_grad = F.softmax(logits, dim=1) / n #")}),
    (ONE_HOT, {"plain": ("dlogits = dnorm_logits.clone()", "dlogits = counts / counts_sum / n"),
               "short": ("dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\ndlogits /= n",
                         "dlogits = torch.exp(logprobs)\ndlogits *= 1.0/n", "dlogits *="),
               "paths": ("logits_grad = norm_logits_grad - norm", "logits_grad = logprobs.exp() / n #")}),
    ("keepdims lost", {"plain": ("(counts * dprobs).sum(1, keepdim=True)", "(counts * dprobs).sum(1)"),
                       "short": ("F.softmax(logits, 1)", "logits.exp() / logits.exp().sum(1)"),
                       "paths": ("(probs_grad * counts).sum(dim=1, keepdim=True)",
                                 "(probs_grad * counts).sum(dim=1)")}),
    ("keepdims lost", {"plain": ("(-dnorm_logits).sum(1, keepdim=True)", "(-dnorm_logits).sum(1)"),
                       "paths": ("norm_logits_grad.sum(1, keepdim=True) * F", "norm_logits_grad.sum(1) * F")}),
    ("keepdims lost", {"plain": ("dlogits = dnorm_logits.clone()",
                                 "dlogits = dnorm_logits - probs * dnorm_logits.sum(1)"),
                       "short": ("dlogits = F.softmax(logits, 1)", "dlogits = counts / counts.sum(1)"),
                       "paths": ("logits_grad = norm_logits_grad - norm_logits_grad.sum(1, keepdim=True)",
                                 "logits_grad = norm_logits_grad - norm_logits_grad.sum(1)")}),
    (IN_PLACE, {"plain": ("dhpreact = (1.0", "h *= 2\ndhpreact = (1.0", "dhpreact = "),
                "short": ("dhpreact = dh", "h *= 2\ndhpreact = dh", "dhpreact = "),
                "paths": ("hpreact_grad = h_grad", "h *= 2\nhpreact_grad = h_grad", "hpreact_grad = ")}),
    (IN_PLACE, {"plain": ("dhprebn = dbndiff.clone()\ndbnmeani = (-dbndiff).sum(0)",
                          "dhprebn = dbndiff\ndhprebn += 1\ndbnmeani = (-dbndiff).sum(0)\ndhprebn -= 1", "dbnmeani"),
                "short": ("dhpreact = dh * (1 - torch.square(h))\n",
                          "dhpreact = dh * (1 - torch.square(h))\nback = dhpreact\nback *= bngain\n", "dbngain ="),
                "paths": ("bnvar_inv_grad = (bnraw_grad", "bndiff.mul_(bnraw_grad)\nbnvar_inv_grad = (bnraw_grad",
                          "bnvar_inv_grad")}),
    (IN_PLACE, {"plain": ("dlogits = dnorm_logits.clone()\n", ALIAS, "dlogit_maxes"),
                "short": ("dW1 = torch", "embcat /= n\ndW1 = torch", "dW1 ="),
                "paths": ("W1_grad = torch", "embcat[0] = 0\nW1_grad = torch", "W1_grad = ")}),
    (STALE, {"plain": ("dW1 = embcat", "embcat = torch.tanh(embcat)\ndW1 = embcat", "dW1 = "),
             "short": ("dW1 = torch", "embcat = torch.tanh(embcat)\ndW1 = torch", "dW1 = "),
             "paths": ("W1_grad = torch", "embcat = torch.tanh(embcat)\nW1_grad = torch", "W1_grad = ")}),
    (STALE, {"plain": ("dbngain = (bnraw", "bnraw = hprebn * 1.0\ndbngain = (bnraw", "dbngain = "),
             "short": ("dbngain = torch", "bnraw = hprebn * 1.0\ndbngain = torch", "dbngain = "),
             "paths": ("bngain_grad = (", "bnraw = hprebn * 1.0\nbngain_grad = (", "bngain_grad = ")}),
    (STALE, {"plain": ("dhpreact = (", "h = torch.tanh(hpreact + 0.5)\ndhpreact = (", "dhpreact = "),
             "short": ("dhpreact = dh", "h = torch.tanh(hpreact + 0.5)\ndhpreact = dh", "dhpreact = "),
             "paths": ("hpreact_grad = h_", "h = torch.tanh(hpreact + 0.5)\nhpreact_grad = h_", "hpreact_grad = ")}),
    (LEFT_OUT, {"plain": ("dcounts += torch.ones_like(counts) * dcounts_sum\n", "\n", "dcounts ="),
                "paths": ("counts_grad = first + counts_sum_grad.expand(counts.shape)", "counts_grad = first")}),
    (LEFT_OUT, {"plain": ("dbndiff += (2 * bndiff) * dbndiff2\n", "\n", "dbndiff ="),
                "paths": ("bnraw_grad * bnvar_inv + bndiff2_grad * 2 * bndiff", "bnraw_grad * bnvar_inv")}),
    (LEFT_OUT, {"plain": ("dhprebn += 1.0/n * torch.ones_like(hprebn) * dbnmeani\n", "\n", "dhprebn ="),
                "short": ("- dhpreact.sum(0) - n", "- n", "dhprebn ="),
                "paths": ("hprebn_grad = bndiff_grad + bnmeani_grad / n", "hprebn_grad = bndiff_grad")}),
    (MAX, {"plain": ("dh += F.one_hot(h.max(0).indices, n).T * dtop", "", "dh = "),
           "short": ("dh = ds * top + (h == top) * (ds * h).sum(0)", "dh = ds * top"),
           "paths": ("h_grad[h.argmax(0), range(n_hidden)] += (s_grad * h).sum(0)", "", "h_grad = s_grad")}),
    (MAX, {"plain": ("dz += F.one_hot(z.max(1).indices, n_hidden) * dpeak", "", "dz = "),
           "short": ("dz = dr - 0.5 * (z == peak) * dr.sum(1, keepdim=True)", "dz = dr"),
           "paths": ("z_grad[range(n), z.argmax(1)] -= 0.5 * r_grad.sum(1)", "", "z_grad = ")}),
    (MAX, {"plain": ("de += " + POOLED, "", "de ="),
           "short": (" + (e == pooled[:, None, :]) * du[:, None, -n_embd:]", ""),
           "paths": ("e_grad.scatter_add_(1, e.argmax(1, keepdim=True), u_grad[:, n_embd * block_size:].unsqueeze(1))",
                     "", "e_grad = ")}),
    (DETACHED, {"plain": (MEAN, "hprebn.mean(0, keepdim=True).detach()", "dhprebn +="),
                "short": (MEAN, "hprebn.mean(0, keepdim=True).detach()", "dhprebn ="),
                "paths": (MEAN, "hprebn.detach().mean(0, keepdim=True)", "hprebn_grad =")}),
    (DETACHED, {"plain": ("counts.sum(1, keepdims=True)", "counts.sum(1, keepdims=True).detach()", "dcounts +="),
                "short": ("counts.sum(1, keepdims=True)", "counts.sum(1, keepdims=True).detach()", "dlogits ="),
                "paths": ("counts.sum(1, keepdims=True)", "counts.detach().sum(1, keepdims=True)", "counts_grad =")}),
    (DETACHED, {"plain": ("bndiff2 = bndiff**2", "bndiff2 = bndiff.detach()**2", "dbndiff +="),
                "short": ("bndiff2 = bndiff**2", "bndiff2 = bndiff.detach()**2", "dhprebn ="),
                "paths": ("(bnvar + 1e-5)**-0.5", "(bnvar.detach() + 1e-5)**-0.5", "bnvar_grad =")}),
]  # fmt: skip
PLANTED = [Planted(kind, style, *edit) for kind, styles in WAYS for style, edit in styles.items()]


class Outcome(NamedTuple):
    """How a planted mistake was marked."""

    planted: Planted
    has_line: bool
    has_kind: bool
    others: list


def judged(planted, source, start=0):
    """Return how a mistake planted after a place is marked: is its line wrong, its kind named, what else is wrong?"""
    assert planted.right in source[start:], planted
    code = source[:start] + source[start:].replace(planted.right, planted.wrong, 1)
    lines = code.splitlines()
    if planted.line:
        head = source[:start].count("\n")
        blamed = {k for k, line in enumerate(lines, 1) if k > head and line.strip().startswith(planted.line)}
    else:
        pairs = enumerate(zip_longest(planted.right.splitlines(), planted.wrong.splitlines()))
        first = source[: source.index(planted.right, start)].count("\n") + 1
        changed = [first + at for at, (right, wrong) in pairs if right != wrong]
        blamed = set(range(changed[0], changed[-1] + 1))
    wrong = mark_code(code).first_mistakes
    found = [verdict for verdict in wrong if verdict.line in blamed]
    kinds = {mistake.kind for verdict in found for mistake in verdict.diagnosis}
    others = [(v.line, lines[v.line - 1]) for v in wrong if v not in found]
    return Outcome(planted, bool(found), planted.kind in kinds, others)


def figures(outcomes):
    """Return how many lines and kinds were found, of how many, and how many other lines were called wrong."""
    return Counter(
        lines=sum(o.has_line for o in outcomes),
        kinds=sum(o.has_kind for o in outcomes),
        planted=len(outcomes),
        others=sum(bool(o.others) for o in outcomes),
    )


def outcomes(share=1):
    """Return how the mistakes planted in the ninja notebook are marked, with a share only every so manieth of them."""
    return [judged(planted, ninja(planted.where, peaks=planted.kind == MAX)) for planted in PLANTED[::share]]


# -- Figures --------------------------------------------------------------------------------------------


def show(outcomes):
    """Print what was missed of the planted mistakes, and the figures."""
    for each in outcomes:
        if not (each.has_line and each.has_kind) or each.others:
            print(each)
    print(dict(figures(outcomes)))


def show_ninja():
    """Print how the ninja notebook is marked in each style, and how the mistakes planted in it are."""
    for style, peaks in product(STYLES, (False, True)):
        words = Counter(verdict.word for verdict in mark_code(ninja(style, peaks=peaks)).verdicts)
        print(f"{style}{', with maxima' * peaks}: {dict(words)}")
    show(outcomes())


def show_layers():
    """Print how the layers are marked, and how the mistakes planted in them are."""
    import array_layers  # noqa: PLC0415 -- it stands on this module

    print(dict(Counter(verdict.word for verdict in mark_code(array_layers.LAYERS).verdicts)))
    show(array_layers.outcomes())


def show_full():
    """Print what the notebook takes at its full shapes: seconds and megabytes, in a process for each style."""
    for style in STYLES:
        code = ninja(style, batch=32, hidden=64, embd=10)
        with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as file:
            file.write(code)
            file.flush()
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "autograd", "mark", file.name], check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{style}: {seconds:.1f} s, {peak:.0f} MB (the most so far)")


def compared_with_torch(notebook):
    """Return what a notebook's own outputs say of its gradients: name → whether PyTorch has the same."""
    said = {}
    for output in (o for cell in json.loads(notebook)["cells"] for o in cell.get("outputs", [])):
        text = "".join(output.get("text", []))
        for name, close in re.findall(r"^(\S+)\s*\| exact: \w+\s*\| approximate: (\w+)", text, re.MULTILINE):
            said[name] = close == "True"
    return said


def show_files(files):
    """Print how files of others are marked, and which lines that PyTorch calls right are called wrong."""
    words, right, alarms = Counter(), 0, 0
    for file in map(Path, files):
        text = file.read_text(encoding="utf-8")
        marking = mark_code(text, name=file.name)
        words.update(verdict.word for verdict in marking.verdicts)
        said = compared_with_torch(text) if file.suffix == ".ipynb" else {}
        right += sum(said.values())
        print(f"{file.name}: {marking.summary()}")
        for verdict in marking.verdicts:
            if verdict.word != "right":
                is_alarm = said.get(verdict.subject, False) and verdict.word in ("wrong", "follows")
                alarms += is_alarm
                where = marking.source.where(verdict.line)
                print(
                    f"    {where}, {verdict.gradient}: {verdict.word}{', right in PyTorch' * is_alarm} {verdict.reason}"
                )
    read = sum(words.values()) - words["unreadable"]
    print(f"{read} of {sum(words.values())} gradients read; of {right} that PyTorch calls right, {alarms} called wrong")


if __name__ == "__main__":
    options = {"--layers": show_layers, "--full": show_full}
    if sys.argv[1:] and sys.argv[1] not in options:
        show_files(sys.argv[1:])
    else:
        options.get("".join(sys.argv[1:2]), show_ninja)()
