"""Prints what pip is told about reaching an index, one PIP_NAME=value a line.

It reads what pip reads, in pip's order: the configuration files of the machine, of the user and of the Python
environment, the file that PIP_CONFIG_FILE names, then the variables. The rest of pip's settings (a target, a dry run,
constraints, …) would change what is installed, so it is left out. A file that cannot be read is named and left out.
"""

import configparser
import os
import sys

NAMES = {"index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "client-cert", "proxy",
         "timeout", "default-timeout", "cache-dir"}


def files():
    named = os.environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return []
    home = os.path.expanduser("~")
    machine = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    user = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    found = [f"{folder}/pip/pip.conf" for folder in machine.split(":")] + ["/etc/pip.conf"]
    if not os.path.exists(named):
        found += [f"{home}/.pip/pip.conf", f"{user}/pip/pip.conf"]
    found.append(f"{os.environ.get('VIRTUAL_ENV') or sys.prefix}/pip.conf")
    return found + ([named] if named else [])


def settings():
    sections = {"global": {}, "install": {}}
    for path in files():
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeError, OSError) as error:
            reason = " ".join(str(error).split())
            print(f"peregrine: pip's configuration {path} cannot be read and is left out: {reason}", file=sys.stderr)
            continue
        for section, values in sections.items():
            if parser.has_section(section):
                values.update((key.lower().replace("_", "-"), value) for key, value in parser.items(section))
    variables = {key[4:].lower().replace("_", "-"): value for key, value in os.environ.items() if key[:4] == "PIP_"}
    return {**sections["global"], **sections["install"], **variables}


for key, value in settings().items():
    if key in NAMES:
        print(f"PIP_{key.upper().replace('-', '_')}={' '.join(value.split(chr(10))).strip()}")
