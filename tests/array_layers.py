"""The layers of a first course in deep learning in NumPy, written for these tests, and mistakes to plant in them."""

import re

from array_code import Planted, judged

LAYERS = '''
import numpy as np

def affine_forward(x, w, b):
    """x: inputs of shape (N, d_1, ..., d_k); w: weights of shape (D, M); b: biases of shape (M,)"""
    flat = x.reshape(x.shape[0], -1)
    out = flat.dot(w) + b
    return out, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(x.shape[0], -1)
    dx = dout.dot(w.T).reshape(x.shape)
    dw = flat.T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db

def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx

def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
    if mode == 'train':
        mu = x.mean(axis=0)
        centered = x - mu
        var = np.mean(centered**2, axis=0)
        std = np.sqrt(var + eps)
        xhat = centered / std
        out = gamma * xhat + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
        cache = (gamma, xhat, centered, std, N)
    else:
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
        cache = None
    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache

def batchnorm_backward(dout, cache):
    gamma, xhat, centered, std, N = cache
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxhat = dout * gamma
    dstd = np.sum(dxhat * -centered / std**2, axis=0)
    dvar = dstd * 0.5 / std
    dcentered = dxhat / std
    dcentered += 2.0 / N * centered * dvar
    dmu = -np.sum(dcentered, axis=0)
    dx = dcentered + dmu / N
    return dx, dgamma, dbeta

def batchnorm_backward_alt(dout, cache):
    gamma, xhat, centered, std, N = cache
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dx = gamma / (N * std) * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    mu = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    rstd = 1 / np.sqrt(var + eps)
    xn = (x - mu) * rstd
    out = gamma * xn + beta
    return out, (xn, rstd, gamma)

def layernorm_backward(dout, cache):
    xn, rstd, gamma = cache
    dgamma = (dout * xn).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dxn = dout * gamma
    dx = rstd * (dxn - dxn.mean(axis=1, keepdims=True) - xn * (dxn * xn).mean(axis=1, keepdims=True))
    return dx, dgamma, dbeta

def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    else:
        out = x
    return out, (dropout_param, mask)

def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param['mode'] == 'train':
        dx = dout * mask
    else:
        dx = dout
    return dx

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = padded[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)

def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, F, H_out, W_out = dout.shape
    _, _, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    rows, columns = slice(i*stride, i*stride+HH), slice(j*stride, j*stride+WW)
                    dw[f] += dout[n, f, i, j] * padded[n, :, rows, columns]
                    dpadded[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    dx = dpadded[:, :, pad:-pad, pad:-pad]
    return dx, dw, db

def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - ph) // s, 1 + (W - pw) // s))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i*s:i*s+ph, j*s:j*s+pw].max(axis=(2, 3))
    return out, (x, pool_param)

def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i*s:i*s+ph, j*s:j*s+pw]
                    dx[n, c, i*s:i*s+ph, j*s:j*s+pw] += dout[n, c, i, j] * (window == window.max())
    return dx

def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx

def svm_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx

def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db

def rnn_forward(x, h0, Wx, Wh, b):
    """x: of shape (N, T, D); h0: of shape (N, H); Wx: of shape (D, H); Wh: of shape (H, H); b: of shape (H,)"""
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    prev, cache = h0, []
    for t in range(T):
        prev, step = rnn_step_forward(x[:, t, :], prev, Wx, Wh, b)
        h[:, t, :] = prev
        cache.append(step)
    return h, cache

def rnn_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx, dWx, dWh, db = np.zeros((N, T, D)), np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dxt, dprev, dWxt, dWht, dbt = rnn_step_backward(dh[:, t, :] + dprev, cache[t])
        dx[:, t, :] = dxt
        dWx += dWxt
        dWh += dWht
        db += dbt
    dh0 = dprev
    return dx, dh0, dWx, dWh, db

def word_embedding_forward(x, W):
    """x: integers, indices of words; W: of shape (V, D)"""
    return W[x], (x, W)

def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """x: of shape (N, D); prev_h: of shape (N, H); prev_c: of shape (N, H)
    Wx: of shape (D, 4H); Wh: of shape (H, 4H); b: of shape (4H,)"""
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H:2*H]), sigmoid(a[:, 2*H:3*H])
    g = np.tanh(a[:, 3*H:])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    tanh_c = np.tanh(next_c)
    do = dnext_h * tanh_c
    dct = dnext_c + dnext_h * o * (1 - tanh_c**2)
    df = dct * prev_c
    dprev_c = dct * f
    di = dct * g
    dg = dct * i
    dai = di * i * (1 - i)
    daf = df * f * (1 - f)
    dao = do * o * (1 - o)
    dag = dg * (1 - g**2)
    da = np.hstack((dai, daf, dao, dag))
    dx = da.dot(Wx.T)
    dWx = x.T.dot(da)
    dprev_h = da.dot(Wh.T)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
'''

_SUM, _AXIS, _TURNED = "not summed over the broadcast axis", "summed over the wrong axis", "transposed"
_OF = {
    "affine_backward": [
        (_TURNED, "dout.dot(w.T).reshape", "dout.dot(w).reshape"),
        (_TURNED, "dw = flat.T.dot(dout)", "dw = dout.T.dot(flat)"),
        (_AXIS, "db = dout.sum(axis=0)", "db = dout.sum(axis=1)"),
        (_SUM, "db = dout.sum(axis=0)", "db = dout"),
        ("1/n twice", "dw = flat.T.dot(dout)", "dw = flat.T.dot(dout) / x.shape[0]"),
        ("sign", "dw = flat.T.dot(dout)", "dw = -flat.T.dot(dout)"),
        ("1/n twice", "db = dout.sum(axis=0)", "db = dout.mean(axis=0)"),
    ],
    "relu_backward": [
        ("another name", "dout * (x > 0)", "dout * (dout > 0)"),
        ("a factor left out", "dx = dout * (x > 0)", "dx = dout"),
        ("sign", "dx = dout * (x > 0)", "dx = -dout * (x > 0)"),
    ],
    "batchnorm_backward": [
        (_AXIS, "dgamma = np.sum(dout * xhat, axis=0)", "dgamma = np.sum(dout * xhat, axis=1)"),
        (_SUM, "dbeta = np.sum(dout, axis=0)", "dbeta = dout"),
        ("a factor left out", "dxhat = dout * gamma", "dxhat = dout"),
        ("sign", "dxhat * -centered / std**2", "dxhat * centered / std**2"),
        ("an exponent", "-centered / std**2", "-centered / std**3"),
        ("a constant", "dstd * 0.5 / std", "dstd / std"),
        ("= where += belongs", "dcentered += 2.0", "dcentered = 2.0"),
        ("a constant", "2.0 / N * centered", "1.0 / N * centered"),
        ("1/n missing", "2.0 / N * centered", "2.0 * centered"),
        ("sign", "dmu = -np.sum(dcentered", "dmu = np.sum(dcentered"),
        ("1/n missing", "dcentered + dmu / N", "dcentered + dmu"),
        ("Bessel's n − 1", "dcentered + dmu / N", "dcentered + dmu / (N - 1)"),
        ("a branch left out", "dx = dcentered + dmu / N", "dx = dcentered"),
        ("a branch left out", "    dcentered += 2.0 / N * centered * dvar\n", "\n", "dcentered ="),
        ("another name", "np.sum(dout * xhat, axis=0)", "np.sum(dout * centered, axis=0)"),
    ],
    "batchnorm_backward_alt": [
        ("1/n missing", "gamma / (N * std) * (N", "gamma / std * (N"),
        ("sign", "- dbeta - xhat * dgamma", "- dbeta + xhat * dgamma"),
        ("another name", "dgamma = (dout * xhat).sum(0)", "dgamma = (dout * centered).sum(0)"),
    ],
    "layernorm_backward": [
        (_AXIS, "dgamma = (dout * xn).sum(axis=0)", "dgamma = (dout * xn).sum(axis=1)"),
        (_AXIS, "dxn.mean(axis=1, keepdims=True) - xn", "dxn.mean(axis=0, keepdims=True) - xn"),
        ("keepdims lost", "- dxn.mean(axis=1, keepdims=True)", "- dxn.mean(axis=1)"),
        ("1/n missing", "(dxn * xn).mean(axis=1", "(dxn * xn).sum(axis=1"),
        ("a factor left out", "dxn = dout * gamma", "dxn = dout"),
        ("sign", "- xn * (dxn * xn)", "+ xn * (dxn * xn)"),
    ],
    "dropout_backward": [
        ("a factor left out", "dx = dout * mask", "dx = dout * 1.0"),
        ("a constant", "dx = dout * mask", "dx = dout * mask * 2"),
    ],
    "conv_backward_naive": [
        (_AXIS, "db = dout.sum(axis=(0, 2, 3))", "db = dout.sum(axis=(0, 1, 2))"),
        ("= where += belongs", "dw[f] += dout", "dw[f] = dout"),
        ("= where += belongs", "columns] += dout", "columns] = dout"),
    ],
    "max_pool_backward_naive": [
        ("sign", "+= dout[n, c, i, j] *", "-= dout[n, c, i, j] *"),
        ("a constant", "+= dout[n, c, i, j] *", "+= 2 * dout[n, c, i, j] *"),
    ],
    "softmax_loss": [
        ("softmax without − one-hot", "    dx[np.arange(N), y] -= 1\n    dx /= N\n    return loss, dx\n",
         "    dx /= N\n    return loss, dx\n", "dx /= N"),
        ("1/n missing", "dx[np.arange(N), y] -= 1\n    dx /= N\n", "dx[np.arange(N), y] -= 1\n    dx /= 1\n"),
    ],
    "svm_loss": [
        ("1/n missing", "-= num_pos\n    dx /= N", "-= num_pos\n    dx /= 1"),
        ("sign", "dx[np.arange(N), y] -= num_pos", "dx[np.arange(N), y] += num_pos"),
    ],
    "rnn_step_backward": [
        ("a factor left out", "da = dnext_h * (1 - next_h**2)", "da = dnext_h"),
        ("another name", "(1 - next_h**2)\n    dx", "(1 - prev_h**2)\n    dx"),
        (_TURNED, "dprev_h = da.dot(Wh.T)", "dprev_h = da.dot(Wh)"),
        (_TURNED, "dWh = prev_h.T.dot(da)\n    db = da.sum(axis=0)\n    return dx, dprev_h, dWx",
         "dWh = da.T.dot(prev_h)\n    db = da.sum(axis=0)\n    return dx, dprev_h, dWx"),
    ],
    "rnn_backward": [
        ("= where += belongs", "dWx += dWxt", "dWx = dWxt"),
        ("= where += belongs", "        db += dbt", "        db = dbt"),
        ("a branch left out", "dh[:, t, :] + dprev, cache", "dh[:, t, :], cache"),
    ],
    "word_embedding_backward": [
        ("= where += belongs", "np.add.at(dW, x, dout)", "dW[x] = dout"),
        ("sign", "np.add.at(dW, x, dout)", "np.add.at(dW, x, -dout)"),
    ],
    "lstm_step_backward": [
        ("another name", "df = dct * prev_c", "df = dct * next_c"),
        ("another name", "dprev_c = dct * f", "dprev_c = dct * i"),
        ("another name", "di = dct * g", "di = dct * i"),
        ("sign", "dag = dg * (1 - g**2)", "dag = dg * (1 + g**2)"),
        (_TURNED, "da.dot(Wh.T)\n    dWh = prev_h.T.dot(da)\n    db = da.sum(axis=0)\n    return dx, dprev_h, dprev_c",
         "da.dot(Wh.T)\n    dWh = da.T.dot(prev_h)\n    db = da.sum(axis=0)\n    return dx, dprev_h, dprev_c"),
        ("a branch left out", "dct = dnext_c + dnext_h * o * (1 - tanh_c**2)", "dct = dnext_h * o * (1 - tanh_c**2)"),
    ],
}  # fmt: skip
PLANTED_LAYERS = [Planted(kind, layer, *edit) for layer, each in _OF.items() for kind, *edit in each]


_TEXTS = {text.partition("(")[0]: f"def {text}" for text in LAYERS.split("\ndef ")[1:]}


def layer(name):
    """Return the code of one layer: its two functions, and those that they call."""
    wanted = {name, re.sub(r"backward(_alt)?", "forward", name)}
    wanted |= {other for other in _TEXTS for each in wanted if f"{other}(" in _TEXTS[each].partition("\n")[2]}
    return "\n".join(["import numpy as np", *(text for other, text in _TEXTS.items() if other in wanted)])


def outcomes(share=1):
    """Return how the mistakes planted in the layers are marked, with a share only every so manieth of them."""
    return [
        judged(each, layer(each.where), layer(each.where).index(f"def {each.where}("))
        for each in PLANTED_LAYERS[::share]
    ]
