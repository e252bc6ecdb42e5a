# Shared by the scripts beside it; read with `.`, not run.
# shellcheck shell=bash

# What building needs beside Swift: the client library, the headers of the distribution functions,
# compression for the HTTP library, the reader of XML, and what fetches the Swift packages.
# shellcheck disable=SC2034
build_packages=(git zlib1g-dev libpq-dev libboost-math-dev libxml2-dev libqrencode-dev)

# The oldest PostgreSQL the schema is written for, and the oldest Swift the sources are.
oldest_postgresql=15
oldest_swift=6.3

say() { printf '%s\n' "$*"; }

# Says why nothing can be done, and ends.
refuse() {
  printf '%s\n' "$*" >&2
  exit 1
}

root_directory() { (cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P); }

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

# Whether server programs of a version new enough are there, whatever package brought them.
has_postgresql() {
  local directory major
  for directory in /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)"; do
    if ! [ -x "$directory/initdb" ] || ! [ -x "$directory/postgres" ]; then continue; fi
    major=$("$directory/postgres" --version | sed -E 's/^postgres \(PostgreSQL\) ([0-9]+).*/\1/')
    [ "$major" -ge "$oldest_postgresql" ] && return 0
  done
  return 1
}

# The packages among the arguments that are not installed, one a line.
missing_packages() {
  local package
  for package in "$@"; do
    is_installed "$package" || printf '%s\n' "$package"
  done
}

# Runs a command as root, or fails when that is not possible.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

can_be_root() {
  [ "$(id -u)" -eq 0 ] && return 0
  command -v sudo >/dev/null || return 1
  # Without a terminal sudo could not ask for a password.
  [ -t 0 ] || sudo -n true 2>/dev/null
}

# Installs the packages named, or says exactly which are to be installed.
install_packages() {
  [ "$#" -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    refuse "These packages of Debian 12 are needed, and this system has no apt-get: $*." \
      "Install what corresponds to them, then run this again."
  fi
  if ! can_be_root; then
    refuse "These packages are missing: $*. Nothing was changed. Ask an administrator to run:" \
      "apt-get install $*"
  fi
  say "Installing: $*"
  local log
  log=$(mktemp)
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >"$log" 2>&1 &&
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get -q -y --no-install-recommends install "$@" >>"$log" 2>&1; then
    rm -f "$log"
  else
    tail -n 20 "$log" >&2
    rm -f "$log"
    refuse "The packages could not be installed; the last words of apt-get are above."
  fi
}

require_swift() {
  local version
  command -v swift >/dev/null ||
    refuse "Swift $oldest_swift or newer is needed and was not found. Install it, then run this again."
  version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p')
  version=${version%%$'\n'*}
  [ "$(printf '%s\n' "$oldest_swift" "${version:-0}" | sort -V | head -n 1)" = "$oldest_swift" ] ||
    refuse "Swift $oldest_swift or newer is needed; the one found is ${version:-unknown}."
}

# One text that changes whenever a file the binary is made of changes, appears or goes.
sources_fingerprint() {
  local part parts=()
  for part in Package.swift Sources SQL Docs/ReferenceTrial; do
    [ -e "$part" ] && parts+=("$part")
  done
  {
    swift --version 2>/dev/null
    find "${parts[@]}" -type f -printf '%p %s %T@\n' | LC_ALL=C sort
  } | sha256sum | cut -d ' ' -f 1
}
