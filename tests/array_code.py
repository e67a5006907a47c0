"""Hand-written ways back in NumPy and PyTorch code, right ones and with planted mistakes, and how they are marked.

`python tests/array_code.py` prints the figures: of how many planted mistakes the line is found, of how many the kind,
and how many lines that are right or only follow are called wrong.
"""

from collections import Counter
from typing import NamedTuple

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


def ninja(style, *, batch=5, hidden=7, embd=2):
    """Return the whole exercise in one style; small unless other shapes are given."""
    data = DATA.replace("EMBD", str(embd)).replace("HIDDEN", str(hidden)).replace("BATCH", str(batch))
    return data + FORWARD + STYLES[style]


class Planted(NamedTuple):
    """A mistake: its kind, the style or the layer, what is written, and what stands there instead."""

    kind: str
    where: str
    right: str
    wrong: str
    line: str = ""  # a part of the line that is to be blamed, where it is not the changed one


SUM = "not summed over the broadcast axis"
AXIS = "summed over the wrong axis"
PLANTED = [
    Planted(SUM, "plain", "db2 = dlogits.sum(0)", "db2 = dlogits"),
    Planted(SUM, "plain", "dbngain = (bnraw * dhpreact).sum(0, keepdim=True)", "dbngain = bnraw * dhpreact"),
    Planted(SUM, "short", "db1 = torch.sum(dhprebn, dim=0)", "db1 = dhprebn"),
    Planted(AXIS, "plain", "dcounts_sum_inv = (counts * dprobs).sum(1,", "dcounts_sum_inv = (counts * dprobs).sum(0,"),
    Planted(AXIS, "short", "db2 = torch.sum(dlogits, dim=0)", "db2 = torch.sum(dlogits, dim=1)"),
    Planted(AXIS, "paths", "b1_grad = hprebn_grad.sum(dim=0)", "b1_grad = hprebn_grad.sum(dim=1)"),
    Planted("transposed", "plain", "dh = dlogits @ W2.T", "dh = dlogits @ W2"),
    Planted("transposed", "plain", "dW1 = embcat.T @ dhprebn", "dW1 = dhprebn.T @ embcat"),
    Planted("transposed", "short", "torch.matmul(h.t(), dlogits)", "torch.matmul(dlogits.t(), h)"),
    Planted("= where += belongs", "plain", "dbndiff += (2", "dbndiff = (2"),
    Planted("= where += belongs", "plain", "dcounts += torch", "dcounts = torch"),
    Planted("= where += belongs", "plain", "dhprebn += 1.0/n", "dhprebn = 1.0/n"),
    Planted("elementwise for matrix product", "plain", "dembcat = dhprebn @ W1.T", "dembcat = dhprebn * W1.T"),
    Planted("elementwise for matrix product", "plain", "dW2 = h.T @ dlogits", "dW2 = h.T * dlogits"),
    Planted("elementwise for matrix product", "paths", "hprebn_grad @ torch", "hprebn_grad * torch"),
    Planted("pre-activation", "plain", "(1.0 - h**2) * dh", "(1.0 - hpreact**2) * dh"),
    Planted("pre-activation", "short", "(1 - torch.square(h))", "(1 - torch.square(hpreact))"),
    Planted("pre-activation", "paths", "h_grad * h * h", "h_grad * hpreact * hpreact"),
    Planted("1/n missing", "plain", "dhprebn += 1.0/n * torch", "dhprebn += torch"),
    Planted("1/n missing", "short", "dlogits /= n\n", "dlogits /= 1\n"),
    Planted("1/n missing", "paths", "-F.one_hot(Yb, vocab_size) / n", "-F.one_hot(Yb, vocab_size) * 1.0"),
    Planted("1/n twice", "plain", "dW2 = h.T @ dlogits", "dW2 = h.T @ dlogits / n"),
    Planted("1/n twice", "short", "dlogits /= n\n", "dlogits /= n * n\n"),
    Planted("1/n twice", "paths", "b2_grad = logits_grad.sum(dim=0)", "b2_grad = logits_grad.mean(dim=0)"),
    Planted("Bessel's n − 1", "plain", "dbndiff2 = (1.0/(n-1))", "dbndiff2 = (1.0/n)"),
    Planted("Bessel's n − 1", "paths", "n_hidden) / (n - 1)", "n_hidden) / n"),
    Planted("Bessel's n − 1", "short", "- n/(n-1)*bnraw", "- bnraw"),
    Planted("softmax without − one-hot", "short", "dlogits[range(n), Yb] -= 1\n", "\n", "dlogits /= n"),
    Planted("softmax without − one-hot", "paths", "logits_grad = norm_logits_grad - norm",
            "logits_grad = probs / n #"),
    Planted("softmax without − one-hot", "short", "dlogits = F.softmax(logits, 1)\ndlogits[range(n), Yb] -= 1\n",
            "dlogits = F.softmax(logits, 1)\n", "dlogits /= n"),
    Planted("keepdims lost", "plain", "dcounts_sum_inv = (counts * dprobs).sum(1, keepdim=True)",
            "dcounts_sum_inv = (counts * dprobs).sum(1)"),
    Planted("keepdims lost", "paths", "norm_logits_grad.sum(1, keepdim=True) * F", "norm_logits_grad.sum(1) * F"),
    Planted("keepdims lost", "paths", "logits_grad = norm_logits_grad - norm_logits_grad.sum(1, keepdim=True)",
            "logits_grad = norm_logits_grad - norm_logits_grad.sum(1)"),
    Planted("changed in place", "plain", "dnorm_logits = counts * dcounts\ndlogits = dnorm_logits.clone()",
            "dnorm_logits = counts * dcounts\ndlogits = dnorm_logits\ndlogits *= 2\ndlogits /= 2\ndlogits[0] += 1\n"
            "dlogit_maxes = (-dnorm_logits).sum(1, keepdim=True)\ndlogits[0] -= 1", "dlogit_maxes"),
    Planted("changed in place", "short", "dhpreact = dh * (1 - torch.square(h))",
            "h *= 2\ndhpreact = dh * (1 - torch.square(h))", "dhpreact"),
    Planted("changed in place", "plain", "dhprebn = dbndiff.clone()\ndbnmeani = (-dbndiff).sum(0)",
            "dhprebn = dbndiff\ndhprebn += 1\ndbnmeani = (-dbndiff).sum(0)\ndhprebn -= 1", "dbnmeani"),
    Planted("stale cache", "short", "dW1 = torch.matmul(embcat",
            "embcat = torch.tanh(embcat)\ndW1 = torch.matmul(embcat", "dW1"),
    Planted("stale cache", "plain", "dbngain = (bnraw", "bnraw = hprebn * 1.0\ndbngain = (bnraw", "dbngain"),
    Planted("stale cache", "paths", "b2_grad =", "h = hpreact * 1.0\nb2_grad =", "hpreact_grad"),
    Planted("a branch left out", "plain", "dcounts += torch.ones_like(counts) * dcounts_sum\n", "\n", "dcounts ="),
    Planted("a branch left out", "plain", "dbndiff += (2 * bndiff) * dbndiff2\n", "\n", "dbndiff ="),
    Planted("a branch left out", "paths", "hprebn_grad = bndiff_grad + bnmeani_grad / n", "hprebn_grad = bndiff_grad"),
]  # fmt: skip


class Outcome(NamedTuple):
    """How a planted mistake was marked."""

    planted: Planted
    has_line: bool
    has_kind: bool
    others: list


def judged(planted, source, name=""):
    """Return how a planted mistake is marked: is its line wrong, is its kind named, what else is called wrong?"""
    assert planted.right in source, planted
    code = source.replace(planted.right, planted.wrong, 1)
    marked = mark_code(code, name=name)
    lines = code.splitlines()
    at = source[: source.index(planted.right)].count("\n")
    length = planted.wrong.count("\n") + 1
    if planted.line:
        blamed = {k + 1 for k in range(max(0, at - 9), min(at + 40, len(lines))) if planted.line in lines[k]}
    else:
        blamed = {at + 1 + k for k in range(length)}
    wrong = marked.first_mistakes
    found = [verdict for verdict in wrong if verdict.line in blamed]
    kinds = {mistake.kind for verdict in found for mistake in verdict.diagnosis}
    return Outcome(
        planted, bool(found), planted.kind in kinds, [(v.line, lines[v.line - 1]) for v in wrong if v not in found]
    )


def figures(outcomes):
    """Return how many lines and kinds were found, of how many, and how many other lines were called wrong."""
    return Counter(
        lines=sum(o.has_line for o in outcomes),
        kinds=sum(o.has_kind for o in outcomes),
        planted=len(outcomes),
        others=sum(bool(o.others) for o in outcomes),
    )


def outcomes():
    """Return how every mistake that is planted in the ninja notebook is marked."""
    return [judged(planted, ninja(planted.where)) for planted in PLANTED]


if __name__ == "__main__":
    for style in STYLES:
        print(style, Counter(verdict.word for verdict in mark_code(ninja(style)).verdicts))
    every = outcomes()
    for each in every:
        if not (each.has_line and each.has_kind) or each.others:
            print(each)
    print(dict(figures(every)))
