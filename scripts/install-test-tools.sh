#!/usr/bin/env bash
# Installs what the tests need besides npm packages, if missing: SIPp, baresip, linphone, Kamailio, promtool, OpenSSL, slapd, Redis and Chromium, from Debian packages.
set -euo pipefail

# The tests read /proc, use addresses of 127/8 besides 127.0.0.1, and start Kamailio and Chromium from Debian's paths.
if [ "$(uname -s)" != Linux ]; then
  echo "The whole test run (npm run verify) needs Linux, best Debian or Ubuntu: this is $(uname -s). Use a virtual machine, a container or WSL. npm run up, npm run demo and single unit tests (npx mocha FILE) need no test tools." >&2
  exit 1
fi

packages=()
command -v sipp >/dev/null || packages+=(sip-tester)
command -v baresip >/dev/null || packages+=(baresip-core)
command -v linphonec >/dev/null || packages+=(linphone-cli)
# Some programs are in /usr/sbin, which is not on everybody's path.
[ -x /usr/sbin/kamailio ] || packages+=(kamailio kamailio-presence-modules)
[ -x /usr/sbin/slapd ] || packages+=(slapd)
command -v promtool >/dev/null || packages+=(prometheus)
command -v openssl >/dev/null || packages+=(openssl)
command -v redis-server >/dev/null || packages+=(redis-server)
[ -x /usr/bin/chromium ] || packages+=(chromium)
[ ${#packages[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "The tests need sipp, baresip, linphonec, kamailio, promtool, openssl, slapd, redis-server and chromium. This machine has no apt-get: install ${packages[*]} (or their like) by hand." >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "The tests need ${packages[*]}. Run as root, once: apt-get install --no-install-recommends ${packages[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# The packages prometheus (for promtool), kamailio, slapd and redis-server have services. None must be started.
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d.carillon
chmod +x /usr/sbin/policy-rc.d.carillon
had_policy=0
if [ -e /usr/sbin/policy-rc.d ]; then had_policy=1; rm /usr/sbin/policy-rc.d.carillon; else mv /usr/sbin/policy-rc.d.carillon /usr/sbin/policy-rc.d; fi
trap '[ "$had_policy" -eq 1 ] || rm -f /usr/sbin/policy-rc.d' EXIT
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}"
