#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Turns Kconfig files and a project's settings into sdkconfig.h and sdkconfig.cmake: genconfig.py KCONFIG FOLDER [CONFIG_KEY=value...]

The environment gives IDF_TARGET and COMPONENT_KCONFIG. A setting that has no effect (unknown key, or one whose dependencies are not met)
is an error, unless it is written with a "?" in front. Needs Debian's package python3-kconfiglib, hence /usr/bin/python3.
"""
import os
import sys

import kconfiglib


def apply(kconfig, setting):
    optional = setting.startswith("?")
    key, _, value = setting.lstrip("?").partition("=")
    symbol = kconfig.syms.get(key.removeprefix("CONFIG_"))
    if symbol is None or not symbol.nodes:
        sys.exit(f"genconfig: {key}: no such key in {kconfig.filename}")
    symbol.set_value(value)
    if symbol.str_value != value and not optional:
        sys.exit(f"genconfig: {key}={value} has no effect: the value is {symbol.str_value!r}; see its dependencies")


def main():
    kconfig_file, folder, *settings = sys.argv[1:]
    kconfig = kconfiglib.Kconfig(kconfig_file, warn_to_stderr=False)
    for setting in settings:
        apply(kconfig, setting)
    for warning in kconfig.warnings:
        print("genconfig:", warning, file=sys.stderr)
    os.makedirs(folder, exist_ok=True)
    kconfig.write_autoconf(os.path.join(folder, "sdkconfig.h"), "/* Made by genconfig.py. */\n#pragma once\n")
    with open(os.path.join(folder, "sdkconfig.cmake"), "w") as out:
        for symbol in kconfig.unique_defined_syms:
            if symbol.config_string.startswith("CONFIG_"):
                key, _, value = symbol.config_string.rstrip("\n").partition("=")
                out.write(f'set({key} {value})\n')
    return 1 if kconfig.warnings else 0


sys.exit(main())
