"""The words of LaTeX and of notes that the grammar knows: spaces, fonts, frames, functions, names of words."""

SPACES = frozenset({  # which only move things
    "\n", " ", "!", ",", "-", "/", ":", ";", ">", "Big", "Bigg", "Biggl", "Biggr", "Bigl", "Bigr", "big", "bigg",
    "biggl", "biggr", "bigl", "bigr", "centering", "displaystyle", "hspace", "large", "left", "limits", "mathstrut",
    "nolimits", "nonumber", "notag", "qquad", "quad", "right", "scriptstyle", "small", "strut", "textstyle",
    "vspace",
})  # fmt: skip
ALPHABETS = frozenset({
    "bf", "bm", "boldsymbol", "mathbb", "mathbf", "mathbfit", "mathcal", "mathit", "mathrm", "mathscr", "mathsf",
    "mathtt", "pmb", "rm", "symbf", "underline", "vec",
})  # fmt: skip
BOLD = frozenset({
    "bf", "bm", "boldsymbol", "mathbf", "mathbfit", "pmb", "symbf", "vec",
})  # fmt: skip
ACCENTS = {
    "hat": "_hat", "widehat": "_hat", "tilde": "_tilde", "widetilde": "_tilde", "bar": "_bar", "overline": "_bar",
    "dot": "_dot",
}  # fmt: skip
TEXTS = frozenset({
    "hbox", "mathop", "mbox", "operatorname", "text", "textbf", "textit", "textnormal", "textrm", "textsf", "texttt",
})  # fmt: skip
FRAMES = frozenset({  # around a part of a formula
    "bbox", "boxed", "cancel", "colorbox", "fbox", "mathclap", "overbrace", "textcolor", "underbrace", "underline",
})  # fmt: skip
FUNCTIONS = {
    "σ": "σ", "exp": "exp", "log": "log", "ln": "ln", "tanh": "tanh", "max": "max", "min": "min", "sin": "sin",
    "cos": "cos", "tan": "tan", "sqrt": "sqrt", "relu": "relu", "ReLU": "relu", "RELU": "relu", "sigmoid": "σ",
    "Sigmoid": "σ", "sigm": "σ", "softplus": "softplus", "abs": "abs",
}  # fmt: skip
BARE = frozenset({  # functions that are written without brackets, too
    "cos", "exp", "ln", "log", "sin", "tan", "tanh",
})  # fmt: skip
QUANTITIES = frozenset({  # E(w) is E, whatever it depends on
    "C", "Cost", "E", "Error", "J", "L", "Loss", "MSE", "cost", "loss",
})  # fmt: skip
WORDS = frozenset({  # names of several letters that are set as letters
    "BCE", "CE", "Cov", "Loss", "MSE", "Rank", "ReLU", "SSE", "Sigmoid", "Var", "act", "actual", "arg", "argmax",
    "argmin", "bias", "clip", "cos", "cost", "det", "diag", "err", "error", "exp", "grad", "hidden", "ideal", "in",
    "input", "label", "ln", "log", "loss", "lr", "max", "min", "net", "new", "old", "out", "output", "pred",
    "predicted", "rank", "rate", "relu", "sgn", "sigmoid", "sign", "sin", "softmax", "softplus", "sqrt", "sum",
    "tanh", "target", "tot", "total", "tr", "true", "weight",
})  # fmt: skip
DOTS = frozenset({
    "cdots", "ddots", "dots", "dotsb", "dotsc", "ldots", "vdots",
})  # fmt: skip
FACTORS = frozenset({  # which begin a factor of a product
    "begin", "cfrac", "dfrac", "frac", "half", "infty", "lbrace", "lbrack", "lvert", "nabla", "partial", "prod",
    "sqrt", "sum", "tfrac", "vert", "{",
})  # fmt: skip
MATRICES = frozenset({
    "Bmatrix", "array", "bmatrix", "matrix", "pmatrix", "smallmatrix",
})  # fmt: skip
