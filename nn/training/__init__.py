"""Training: `loop` has `fit`, which gives a `History`; `early_stopping`, `accuracy` and `progress` are used by it."""
