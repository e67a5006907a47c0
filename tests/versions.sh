#!/usr/bin/env bash
# Run the suite on other Pythons and with other versions of the packages that it needs:
#
#     bash tests/versions.sh python3.10 python3.11 python3.12 python3.13 python3.14
#     bash tests/versions.sh --extras test,replay --with 'numpy==1.24.* graphviz==0.20' python3.10
#     bash tests/versions.sh --only '-m portable' python3.14
#     bash tests/versions.sh --extras test,fast --only 'tests/test_replay.py tests/test_fit.py' python3.13
#
# Each Python gets an environment of its own. pip installs this checkout into it, with the extra `test` (or those of
# --extras); --with pins packages. Then the suite runs, or what --only names. For each Python one line is printed, and
# below it the tests that were skipped and those that failed; --logs FOLDER keeps all output. The exit status is 1 if any failed.
# It needs git, the Pythons, and the package index of pip. It tests neither the browser nor other engines: `bash .ci/run` does.
set -uo pipefail
cd "$(dirname "$0")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

extras=test with="" only="" jobs=2 logs=""
while [[ ${1-} == --* ]]; do
  case $1 in
    --extras) extras=$2 ;;
    --with) with=$2 ;;
    --only) only=$2 ;;
    --jobs) jobs=$2 ;;
    --logs) logs=$2; mkdir -p "$logs" ;;
    *) echo "$1 is no option; there are --extras, --with, --only, --jobs and --logs" >&2; exit 2 ;;
  esac
  shift 2
done
[ $# -gt 0 ] || { echo "usage: bash tests/versions.sh [--extras E] [--with PINS] [--only TESTS] PYTHON..." >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/checkout"
git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2> /dev/null | tr '\n' '\0' | xargs -0 cp --parents -t "$work/checkout"

# Print what the environment has: "3.10.13  graphviz 0.20  numpy 1.24.4 ...", with a dash for what is not installed.
held='
import platform
from importlib.metadata import PackageNotFoundError, version
def held(name):
    try: return version(name)
    except PackageNotFoundError: return "—"
names = ("graphviz", "graphviz-pure", "mpmath", "numpy", "llvmlite", "hypothesis", "pytest")
print(f"Python {platform.python_version():8}", *(f"{name} {held(name)}" for name in names), sep="  ")
'

# Print the reasons for which tests were skipped, each with the number of tests; modules that cannot be imported are one reason.
left_out() {
  grep -E '^SKIPPED' "$1" | sed -E -e 's/.*unable to import module.*/SKIPPED [1] x:0: doctests of a module that imports what is not installed/' \
    -e 's/^SKIPPED \[([0-9]+)\] [^ ]+: /\1 /' | awk '{n = $1; $1 = ""; sum[$0] += n} END {for (why in sum) printf "    left out: %3d ×%s\n", sum[why], why}' | sort
}

failed=0
for python in "$@"; do
  env=$work/env log=$work/log
  rm -rf "$env" "$work/copy" && cp -r "$work/checkout" "$work/copy"
  # shellcheck disable=SC2086  # --with and --only are lists of words
  if ! { "$python" -m venv "$env" && "$env/bin/python" -m pip install -q "$work/copy[$extras]" pytest-xdist $with; } > "$log" 2>&1; then
    echo "$python  could not be installed into"; tail -n 15 "$log" | sed 's/^/    /'; failed=1; continue
  fi
  began=$SECONDS
  # shellcheck disable=SC2086
  (cd "$work/copy" && "$env/bin/python" -m pytest -n "$jobs" -rfEs $only) > "$log" 2>&1 || failed=1
  holds=$("$env/bin/python" -c "$held")
  result=$(grep -E '[0-9]+ (passed|failed|skipped|error)' "$log" | tail -n 1 | sed -E 's/^[= ]*//; s/ in [0-9].*//')
  echo "$holds  ${result:-nothing ran}  $((SECONDS - began)) s"
  left_out "$log"
  grep -E '^(FAILED|ERROR)' "$log" | awk 'NR <= 20 {print "    " $0} END {if (NR > 20) print "    … and " NR - 20 " more"}'
  [ -n "$result" ] || tail -n 15 "$log" | sed 's/^/    /'
  [ -z "$logs" ] || cp "$log" "$logs/$(basename "$(dirname "$(dirname "$python")")")-$(basename "$python").log"
done
exit $failed
