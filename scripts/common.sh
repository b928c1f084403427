# Shared by the scripts of this folder: where the checkout is, how it builds, how they speak.
# Sourced, never run; the sourcing script has set its own shell options.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A clone in another folder finds the objects of this one in the compiler cache: paths are hashed
# relative to the checkout, and the working directory not at all.
export CCACHE_BASEDIR=$root
export CCACHE_NOHASHDIR=1

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' plain=$'\e[0m'
else
  bold='' plain=''
fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# configure <preset>: silent unless it fails.
configure() {
  local log=$root/build/$1.configure.log
  mkdir -p "$root/build"
  (cd "$root" && cmake --preset "$1" </dev/null >"$log" 2>&1) && return
  cat "$log" >&2
  die "cmake could not configure the $1 build"
}

# build <preset> [targets...]: configures when needed, then builds.
build() {
  local preset=$1
  shift
  configure "$preset"
  (cd "$root" && cmake --build --preset "$preset" ${1:+--target "$@"} </dev/null) \
    || die "the $preset build failed"
}

# use_go: true when Go is recent enough for the real servers of test/real. Never fetches a toolchain.
readonly go_wanted=1.25
PATH=$PATH:/usr/local/go/bin:/usr/lib/go/bin
use_go() {
  command -v go >/dev/null 2>&1 || return 1
  local found
  found=$(cd / && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return 1
  found=${found#go}
  [ "$(printf '%s\n%s\n' "$go_wanted" "${found%% *}" | sort -V | head -n 1)" = "$go_wanted" ]
}
