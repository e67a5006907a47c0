"""Writes optimizers.json and losses.json beside it: what PyTorch computes, to hold nn against.

Needs PyTorch: `python tests/data/make_optimizers.py`. All in double precision. The problem that the
optimizers are given has its gradient as a closed formula, so nothing but the optimizer is compared.
"""

import json
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
HERE = Path(__file__).parent

# -- Optimizers and schedules --------------------------------------------------------------------

START = [3.0, -2.0, 0.5, 1.25]
SCALES = [1.0, 10.0, 0.1, 3.0]  # each parameter p has the gradient scale·p + p³/5 − ½


def gradient(data):
    return [scale * p + p * p * p / 5 - 0.5 for scale, p in zip(SCALES, data)]


OPTIMIZERS = {
    "SGD": [
        {"lr": 0.01},
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.01, "momentum": 0.9, "nesterov": True},
        {"lr": 0.01, "weight_decay": 0.1},
        {"lr": 0.01, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1},
    ],
    "RMSprop": [
        {},
        {"lr": 0.05, "alpha": 0.9, "eps": 1e-3},
        {"lr": 0.001, "momentum": 0.9},
        {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.1},
    ],
    "Adam": [
        {},
        {"lr": 0.1},
        {"lr": 0.05, "betas": [0.5, 0.9], "eps": 1e-3},
        {"lr": 0.05, "weight_decay": 0.1},
    ],
    "AdamW": [
        {},
        {"lr": 0.1, "weight_decay": 0.1},
        {"lr": 0.05, "betas": [0.5, 0.9], "eps": 1e-3, "weight_decay": 0.0},
    ],
}


def optimized(name, options):
    """The parameters after every ten of a hundred steps."""
    parameters = [torch.tensor(p, requires_grad=True) for p in START]
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    optimizer = getattr(torch.optim, name)(parameters, **given)
    found = []
    for step in range(1, 101):
        for parameter, slope in zip(parameters, gradient([p.item() for p in parameters])):
            parameter.grad = torch.tensor(slope)
        optimizer.step()
        if step % 10 == 0:
            found.append([p.item() for p in parameters])
    return {"optimizer": name, "options": options, "every_ten_steps": found}


def scheduled(name, args, make):
    """The learning rate of every tenth of a hundred steps."""
    optimizer = torch.optim.SGD([torch.tensor(0.0, requires_grad=True)], lr=args[0])
    schedule = make(optimizer)
    found = []
    for step in range(100):
        if step % 10 == 0:
            found.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return {"schedule": name, "args": args, "every_ten_steps": found}


RATES = torch.optim.lr_scheduler
SCHEDULES = [
    scheduled("constant", [0.1], lambda o: RATES.ConstantLR(o, factor=1.0)),
    scheduled("linear", [0.5, 0.1, 100], lambda o: RATES.LinearLR(o, 1.0, 0.2, 100)),
    scheduled("linear", [0.5, 0.1, 45], lambda o: RATES.LinearLR(o, 1.0, 0.2, 45)),
    scheduled("cosine", [0.5, 0.0, 100], lambda o: RATES.CosineAnnealingLR(o, 100)),
    scheduled("cosine", [0.5, 0.1, 100], lambda o: RATES.CosineAnnealingLR(o, 100, 0.1)),
    scheduled("step_decay", [0.5, 0.3, 25], lambda o: RATES.StepLR(o, 25, 0.3)),
]


def clipped(gradients, largest):
    parameters = [torch.tensor(0.0, requires_grad=True) for _ in gradients]
    for parameter, slope in zip(parameters, gradients):
        parameter.grad = torch.tensor(slope)
    norm = torch.nn.utils.clip_grad_norm_(parameters, largest)
    return {
        "gradients": gradients,
        "largest": largest,
        "norm": norm.item(),
        "clipped": [p.grad.item() for p in parameters],
    }


CLIPS = [clipped([3.0, -4.0, 12.0], 1.0), clipped([3.0, -4.0, 12.0], 20.0), clipped([1e-3, 1e-3], 1e-4)]

# -- Losses --------------------------------------------------------------------------------------

OUTPUTS = [[0.5, -1.5, 2.25], [-0.25, 0.75, -3.0]]
FUNCTIONAL = torch.nn.functional
LOSSES = {
    # name: what PyTorch calls it, targets, options
    "half_squared_error": (
        lambda o, t: FUNCTIONAL.mse_loss(o, t, reduction="sum") / 2,
        [[1.0, -1.0, 0.25], [0.0, 2.0, -1.0]],
        {},
    ),
    "mean_squared_error": (FUNCTIONAL.mse_loss, [[1.0, -1.0, 0.25], [0.0, 2.0, -1.0]], {}),
    "huber": (FUNCTIONAL.huber_loss, [[1.0, -1.0, 0.25], [0.0, 2.0, -1.0]], {"delta": 0.75}),
    "max_margin": (lambda s, t: (1 - t * s).relu().mean(), [[1.0, -1.0, 1.0], [1.0, 1.0, -1.0]], {}),
    "binary_cross_entropy_with_logits": (
        FUNCTIONAL.binary_cross_entropy_with_logits,
        [[1.0, 0.0, 1.0], [0.25, 1.0, 0.0]],
        {},
    ),
    "cross_entropy_with_logits": (FUNCTIONAL.cross_entropy, [[0.0, 0.0, 1.0], [0.5, 0.25, 0.25]], {}),
}


def lost(name, scale):
    function, targets, options = LOSSES[name]
    outputs = torch.tensor(OUTPUTS) * scale
    outputs.requires_grad_()
    loss = function(outputs, torch.tensor(targets), **options)
    loss.backward()
    return {
        "loss": name,
        "outputs": outputs.tolist(),
        "targets": targets,
        "options": options,
        "value": loss.item(),
        "gradients": outputs.grad.tolist(),
    }


def normalized(name):
    """Σ k·x²: the rows normalized and weighed, so that every gradient is another."""
    rows = torch.tensor([*OUTPUTS, [1.0, 2.0, 4.0]], requires_grad=True)
    gain, shift = (
        torch.tensor([1.5, 0.5, -1.0], requires_grad=True),
        torch.tensor([0.25, -0.5, 1.0], requires_grad=True),
    )
    mean, variance = torch.zeros(3), torch.ones(3)
    if name == "layer_norm":
        normed = FUNCTIONAL.layer_norm(rows, [3], gain, shift, 1e-5)
    else:
        normed = FUNCTIONAL.batch_norm(rows, mean, variance, gain, shift, training=True, momentum=0.1, eps=1e-5)
    weights = torch.arange(1.0, 10.0).reshape(3, 3)
    (weights * normed * normed).sum().backward()
    return {
        "norm": name,
        "rows": rows.tolist(),
        "gain": gain.tolist(),
        "shift": shift.tolist(),
        "normed": normed.tolist(),
        "by_rows": rows.grad.tolist(),
        "by_gain": gain.grad.tolist(),
        "by_shift": shift.grad.tolist(),
        "running_mean": mean.tolist(),
        "running_variance": variance.tolist(),
    }


def write(name, data):
    data = {"made_by": f"make_optimizers.py, PyTorch {torch.__version__.partition('+')[0]}", **data}
    (HERE / name).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


write(
    "optimizers.json",
    {
        "start": START,
        "scales": SCALES,
        "runs": [optimized(name, options) for name, many in OPTIMIZERS.items() for options in many],
        "schedules": SCHEDULES,
        "clips": CLIPS,
    },
)
write(
    "losses.json",
    {
        "losses": [lost(name, scale) for name in LOSSES for scale in (1.0, 10.0)],
        "softmax": {"logits": OUTPUTS[0], "probabilities": torch.tensor(OUTPUTS[0]).softmax(0).tolist()},
        "norms": [normalized("layer_norm"), normalized("batch_norm")],
    },
)
