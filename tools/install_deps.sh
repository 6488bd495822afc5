#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/install_deps.sh - installs what building or testing needs, and nothing when all is there
#
#     tools/install_deps.sh [build] [fetch] [serve] [tui] [test] [web] [extra] [package] [fuzz] [coverage] [aarch64]
#
# web: node, npm and Chromium, and what the page is built of, into web/node_modules.
# extra: what lets no test skip itself (other shells, strace, valgrind, wrk, mpirun, Slurm, locales). package: what builds and checks packages,
# on Debian and its kin. fuzz: clang with libFuzzer.
# coverage: gcovr. aarch64: the cross compiler and the emulator of tools/build_aarch64.sh, on Debian and its kin. Asks for
# sudo only when something is missing and the caller is not root.
set -u

missing=""
wants_modules=""
need_meson="0.61"

# The package of a need, by package manager. A need that a system brings along is "-".
package_of()
{
    case "$manager:$1" in
    apt-get:compiler) echo gcc libc6-dev ;;
    apk:compiler) echo gcc musl-dev linux-headers ;;
    *:compiler) echo gcc ;;
    *:meson) echo meson ;;
    apt-get:ninja | dnf:ninja) echo ninja-build ;;
    apk:ninja) echo samurai ;;
    *:ninja) echo ninja ;;
    apt-get:pkg-config | zypper:pkg-config) echo pkg-config ;;
    dnf:pkg-config) echo pkgconf-pkg-config ;;
    *:pkg-config) echo pkgconf ;;
    pacman:python3) echo python ;;
    *:python3) echo python3 ;;
    apt-get:sqlite3) echo libsqlite3-dev ;;
    dnf:sqlite3) echo sqlite-devel ;;
    zypper:sqlite3) echo sqlite3-devel ;;
    apk:sqlite3) echo sqlite-dev ;;
    pacman:sqlite3) echo sqlite ;;
    apt-get:yaml-0.1) echo libyaml-dev ;;
    dnf:yaml-0.1 | zypper:yaml-0.1) echo libyaml-devel ;;
    apk:yaml-0.1) echo yaml-dev ;;
    pacman:yaml-0.1) echo libyaml ;;
    apt-get:libcurl) echo libcurl4-gnutls-dev ;;
    dnf:libcurl | zypper:libcurl) echo libcurl-devel ;;
    apk:libcurl) echo curl-dev ;;
    pacman:libcurl) echo curl ;;
    apt-get:jansson) echo libjansson-dev ;;
    dnf:jansson) echo jansson-devel ;;
    zypper:jansson) echo libjansson-devel ;;
    apk:jansson) echo jansson-dev ;;
    apt-get:expat) echo libexpat1-dev ;;
    dnf:expat) echo expat-devel ;;
    zypper:expat) echo libexpat-devel ;;
    apk:expat) echo expat-dev ;;
    apt-get:snappy) echo libsnappy-dev ;;
    dnf:snappy | zypper:snappy) echo snappy-devel ;;
    apk:snappy) echo snappy-dev ;;
    pacman:snappy) echo snappy ;;
    apk:protoc | pacman:protoc) echo protobuf ;;
    zypper:protoc) echo protobuf-devel ;;
    *:protoc) echo protobuf-compiler ;;
    apt-get:libmicrohttpd) echo libmicrohttpd-dev ;;
    dnf:libmicrohttpd | zypper:libmicrohttpd) echo libmicrohttpd-devel ;;
    apk:libmicrohttpd) echo libmicrohttpd-dev ;;
    pacman:libmicrohttpd) echo libmicrohttpd ;;
    apt-get:gnutls) echo libgnutls28-dev ;;
    dnf:gnutls) echo gnutls-devel ;;
    zypper:gnutls) echo libgnutls-devel ;;
    apk:gnutls) echo gnutls-dev ;;
    apt-get:zlib) echo zlib1g-dev ;;
    dnf:zlib | zypper:zlib) echo zlib-devel ;;
    apk:zlib) echo zlib-dev ;;
    apt-get:ncursesw) echo libncurses-dev ;;
    apk:ncursesw) echo ncurses-dev ;;
    dnf:ncursesw | zypper:ncursesw) echo ncurses-devel ;;
    pacman:ncursesw) echo ncurses ;;
    apt-get:cmocka) echo libcmocka-dev ;;
    dnf:cmocka | zypper:cmocka) echo libcmocka-devel ;;
    apk:cmocka) echo cmocka-dev ;;
    pacman:cmocka) echo cmocka ;;
    apt-get:c++ | apk:c++) echo g++ ;;
    dnf:c++ | zypper:c++) echo gcc-c++ ;;
    pacman:c++) echo gcc ;;
    apt-get:mpirun) echo openmpi-bin ;;
    *:mpirun) echo openmpi ;;
    apt-get:slurm) echo slurmctld slurmd slurm-client munge ;;
    apt-get:aarch64-compiler) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
    apt-get:aarch64-emulator) echo qemu-user ;;
    dnf:prometheus) echo golang-github-prometheus ;;
    apt-get:node-exporter | apk:node-exporter | pacman:node-exporter) echo prometheus-node-exporter ;;
    zypper:prometheus) echo golang-github-prometheus-prometheus ;;
    zypper:node-exporter) echo golang-github-prometheus-node_exporter ;;
    apk:python3-yaml) echo py3-yaml ;;
    pacman:python3-yaml) echo python-yaml ;;
    dnf:python3-yaml) echo python3-pyyaml ;;
    zypper:python3-yaml) echo python3-PyYAML ;;
    apk:python3-pytest) echo py3-pytest ;;
    pacman:python3-pytest) echo python-pytest ;;
    apk:mypy | pacman:mypy) echo mypy ;;
    dnf:mypy | zypper:mypy) echo python3-mypy ;;
    apk:python3-pip) echo py3-pip ;;
    pacman:python3-pip) echo python-pip ;;
    apk:python3-ipython | pacman:python3-ipython) echo ipython ;;
    apk:python3-nbclient | apk:python3-ipykernel | apk:python3-pandas) echo "py3-${1#python3-}" ;;
    pacman:python3-nbclient | pacman:python3-ipykernel | pacman:python3-pandas) echo "python-${1#python3-}" ;;
    dnf:shellcheck | zypper:shellcheck) echo ShellCheck ;;
    dnf:sanitizers) echo libasan libubsan ;;
    *:sanitizers) echo gcc ;;
    apt-get:fuzzer) echo libclang-rt-dev ;;
    *:fuzzer) echo compiler-rt ;;
    *:systemd-analyze) echo systemd ;;
    apt-get:dpkg-buildpackage) echo dpkg-dev ;;
    apt-get:rpmbuild) echo rpm ;;
    apt-get:libcrypt) echo libcrypt-dev ;;
    *) echo "$1" ;;
    esac
}

has_command()
{
    command -v "$1" >/dev/null 2>&1
}

has_library()
{
    has_command pkg-config && pkg-config --exists "$1"
}

has_compiler()
{
    has_command cc && echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1
}

has_sanitizers()
{
    has_command cc && echo 'int main(void) { return 0; }' |
        cc -fsanitize=address,undefined -x c -o /dev/null - >/dev/null 2>&1
}

has_fuzzer()
{
    has_command clang && echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n ? 0 : 0; }' |
        clang -fsanitize=fuzzer,address -x c -o /dev/null - >/dev/null 2>&1
}

has_aarch64_compiler()
{
    has_command aarch64-linux-gnu-gcc && echo '#include <stdio.h>' | aarch64-linux-gnu-gcc -E - >/dev/null 2>&1
}

has_locale_sources()
{
    has_command localedef && [ -e /usr/share/i18n/locales/de_DE ] || [ "$manager" != apt-get ]
}

has_python_yaml()
{
    has_command python3 && python3 -c 'import yaml' >/dev/null 2>&1
}

# Of the Python that Meson runs with, as the tests do.
has_python_module()
{
    python=/usr/bin/python3
    [ -x "$python" ] || python=python3
    has_command "$python" && "$python" -c "import $1" >/dev/null 2>&1
}

has_node_exporter()
{
    has_command prometheus-node-exporter || has_command node_exporter
}

# Older packages of it bring no .pc file.
has_snappy()
{
    has_library snappy || { has_command cc && echo '#include <snappy-c.h>' | cc -E - >/dev/null 2>&1; }
}

# A Debian package; elsewhere its tests are skipped.
has_victoria_metrics()
{
    has_command victoria-metrics || [ "$manager" != apt-get ]
}

has_ninja()
{
    has_command ninja || has_command ninja-build || has_command samu
}

# need NAME CHECK...: remembers NAME when the check fails.
need()
{
    name=$1
    shift
    "$@" || missing="$missing $name"
}

need_build()
{
    need compiler has_compiler
    need meson has_command meson
    need ninja has_ninja
    need pkg-config has_command pkg-config
    need python3 has_command python3
    need sqlite3 has_library sqlite3
    need yaml-0.1 has_library yaml-0.1
}

# Of aico2-fetch alone: without them it is left out, and all else is built.
need_fetch()
{
    need libcurl has_library libcurl
    need jansson has_library jansson
    need expat has_library expat
    need snappy has_snappy
}

# Of aico2-serve alone, likewise.
need_serve()
{
    need libmicrohttpd has_library libmicrohttpd
    need gnutls has_library gnutls
    need zlib has_library zlib
    need jansson has_library jansson
}

# Of aico2-top alone, likewise.
need_tui()
{
    need ncursesw has_library ncursesw
}

need_test()
{
    need cmocka has_library cmocka
    need c++ has_command c++
    need sanitizers has_sanitizers
    need mandoc has_command mandoc
    need tmux has_command tmux
    need prometheus has_command prometheus
    need node-exporter has_node_exporter
    need victoria-metrics has_victoria_metrics
    need protoc has_command protoc
    need python3-yaml has_python_yaml
    need python3-pytest has_python_module pytest
    need mypy has_python_module mypy
}

# To build the page anew, and to look at it with a browser; what is served needs none of it.
need_web()
{
    need nodejs has_command node
    need npm has_command npm
    need chromium has_command chromium
    wants_modules=yes
}

# What the page is built of and tested with, in the versions of the lock file. npm itself writes the hidden file last.
install_modules()
{
    page=$(dirname "$0")/../web
    [ -n "$(find "$page/node_modules/.package-lock.json" -newer "$page/package-lock.json" 2>/dev/null)" ] && return 0
    echo "installing: web/node_modules"
    persist run_npm "$page" && return 0
    echo "could not install web/node_modules. By hand: cd web && npm ci --ignore-scripts" >&2
    return 1
}

run_npm()
{
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=2 --fetch-timeout=60000 >/dev/null)
}

need_extra()
{
    need shellcheck has_command shellcheck
    need zsh has_command zsh
    need fish has_command fish
    need valgrind has_command valgrind
    need strace has_command strace
    need wrk has_command wrk
    need mpirun has_command mpirun
    [ "$manager" != apt-get ] || need slurm has_command srun
    need locales has_locale_sources
    need systemd-analyze has_command systemd-analyze
    need python3-pip has_python_module pip
    need python3-ipython has_python_module IPython
    need python3-nbclient has_python_module nbclient
    need python3-ipykernel has_python_module ipykernel
    need python3-pandas has_python_module pandas
}

# Debian's packages in a fresh system, and the spec as far as Debian's rpm goes.
need_package()
{
    if [ "$manager" != apt-get ]; then
        echo "package: nothing to install: the packages are Debian's"
        return
    fi
    need dpkg-buildpackage has_command dpkg-buildpackage
    need debhelper has_command dh
    need dh-python has_command dh_python3
    need libcrypt has_library libcrypt
    need lintian has_command lintian
    need blhc has_command blhc
    need mmdebstrap has_command mmdebstrap
    need rpmbuild has_command rpmbuild
    need rpmlint has_command rpmlint
    need cpio has_command cpio
    need yamllint has_command yamllint
}

# libFuzzer comes with the sanitizers' own library.
need_fuzz()
{
    need clang has_command clang
    need fuzzer has_fuzzer
}

need_coverage()
{
    need gcovr has_command gcovr
}

need_aarch64()
{
    if [ "$manager" != apt-get ] || [ "$(uname -m)" = aarch64 ]; then
        echo "aarch64: nothing to install: only Debian's cross compiler on another machine is known"
        return
    fi
    need aarch64-compiler has_aarch64_compiler
    need aarch64-emulator has_command qemu-aarch64
}

find_manager()
{
    for manager in apt-get dnf apk pacman zypper; do
        has_command "$manager" && return 0
    done
    manager=""
    return 1
}

# The command that installs "$packages", for people and for ourselves.
install_command()
{
    case "$manager" in
    apt-get) echo "apt-get install -y --no-install-recommends $packages" ;;
    dnf) echo "dnf install -y $packages" ;;
    apk) echo "apk add $packages" ;;
    pacman) echo "pacman -S --needed --noconfirm $packages" ;;
    zypper) echo "zypper --non-interactive install $packages" ;;
    esac
}

as_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Others may be installing just now, and a mirror that does not answer at once may do so in a moment.
run_apt()
{
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
        -o Acquire::http::Timeout=60 -o Acquire::https::Timeout=60 "$@"
}

# persist COMMAND...: three times at most.
persist()
{
    "$@" && return 0
    sleep 10
    "$@" && return 0
    sleep 30
    "$@"
}

install_packages()
{
    if [ "$manager" != apt-get ]; then
        as_root $(install_command)
        return
    fi
    # A bare image has no lists; old lists name files that the mirror no longer has.
    for package in $packages; do
        apt-cache show "$package" >/dev/null 2>&1 && continue
        persist run_apt update || return 1
        break
    done
    run_apt install -y --no-install-recommends $packages >/dev/null && return 0
    persist update_and_install
}

update_and_install()
{
    run_apt update && run_apt install -y --no-install-recommends $packages >/dev/null
}

check_meson()
{
    version=$(meson --version 2>/dev/null) || return 0
    oldest=$(printf '%s\n%s\n' "$need_meson" "$version" | sort -V | head -n 1)
    [ "$oldest" = "$need_meson" ] && return 0
    echo "meson $version is too old: $need_meson or newer is needed (python3 -m pip install --user meson)" >&2
    return 1
}

find_manager || true
for set in "$@"; do
    case "$set" in
    build | fetch | serve | tui | test | web | extra | package | fuzz | coverage | aarch64) "need_$set" ;;
    *)
        echo "unknown set '$set': build, fetch, serve, tui, test, web, extra, package, fuzz, coverage or aarch64" >&2
        exit 2
        ;;
    esac
done

if [ -n "$missing" ]; then
    if [ -z "$manager" ]; then
        echo "missing:$missing; no package manager we know (apt-get, dnf, apk, pacman, zypper): install them yourself" >&2
        exit 1
    fi
    packages=""
    for name in $missing; do
        packages="$packages $(package_of "$name")"
    done
    packages=$(printf '%s\n' $packages | sort -u | tr '\n' ' ' | sed 's/ $//')
    if [ "$(id -u)" -ne 0 ] && ! has_command sudo; then
        echo "missing: $packages; you are not root and there is no sudo. As root run:" >&2
        echo "    $(install_command)" >&2
        exit 1
    fi
    echo "installing: $packages"
    if ! install_packages; then
        echo "could not install: $packages. By hand, as root:" >&2
        echo "    $(install_command)" >&2
        exit 1
    fi
fi
if [ -n "$wants_modules" ]; then
    install_modules || exit 1
fi
check_meson
