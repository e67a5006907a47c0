"""Run a recorded step on several devices with JAX, and compare the gradients.

A small network is recorded once, handed to JAX with `to_jax()`, and run with the rows of the batch
spread over several devices. The devices are simulated on this machine; on a machine that has more,
the same lines run on them. Exits with 1 if a gradient differs by more than 1e-12 of the largest.
"""

# ruff: noqa: T201 -- a demo prints

from __future__ import annotations

import importlib.util
import os
import random

from autograd import Value, half_squared_error, record
from nn import MLP

DEVICES = 4
ROWS = 1024  # a multiple of the devices
NEEDS = ("numpy", "jax")


def rows(count: int) -> list[list[float]]:
    """Return points of the plane, each with the target 1 outside of the unit circle and 0 inside."""
    generator = random.Random(1)
    points = [(generator.gauss(0, 1), generator.gauss(0, 1)) for _ in range(count)]
    return [[x1, x2, float(x1 * x1 + x2 * x2 > 1)] for x1, x2 in points]


def main() -> int:
    """Record a step, hand it over to JAX, run it on the devices, and compare."""
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        print(f"This demo needs {' and '.join(missing)}: pip install 'chalkgrad[replay]' jax")
        return 0
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={DEVICES}"
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax  # noqa: PLC0415 -- after the devices have been asked for
    from jax.sharding import Mesh, NamedSharding, PartitionSpec  # noqa: PLC0415

    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 -- JAX's own way to ask for 64-bit numbers

    model = MLP(2, [16, 16, 1], activation="tanh", output_activation="sigmoid", seed=1)
    x, t = [Value(0.0, "x1"), Value(0.0, "x2")], Value(0.0, "t")
    step = record(half_squared_error(model(x), [t]), inputs=[*x, t])
    print(step.program)

    X = rows(ROWS)  # noqa: N806 -- rows of data are called X
    loss = step(X)

    function, theta = step.to_jax()
    devices = Mesh(jax.devices(), "batch")
    spread = jax.device_put(jax.numpy.asarray(X), NamedSharding(devices, PartitionSpec("batch")))
    whole = jax.device_put(theta, NamedSharding(devices, PartitionSpec()))
    there, gradient = jax.jit(jax.value_and_grad(function))(whole, spread)

    print(f"\n{ROWS} rows over {len(jax.devices())} devices:")
    for shard in spread.addressable_shards:
        first, last = shard.index[0].start or 0, shard.index[0].stop or ROWS
        print(f"  {shard.device}: rows {first} to {last - 1}")
    largest = max(map(abs, step.gradient))
    apart = max(abs(gradient - step.gradient)) / largest
    print(f"\nloss here    {loss:.15f}\nloss there   {float(there):.15f}")
    print(f"{len(theta)} gradients, the largest {largest:.6f}; the farthest apart by {apart:.1e} of it")
    same = bool(apart <= 1e-12)
    print("The same gradients." if same else "The gradients differ.")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
