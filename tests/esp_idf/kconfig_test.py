#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The keys of ports/esp_idf/Kconfig against the contract: names, types, defaults, dependencies, ranges, exclusive choices.

Prints what differs and a last line "ch_test: N passed, M failed". Needs Debian's package python3-kconfiglib, hence /usr/bin/python3.
"""
import os
import sys
from pathlib import Path

import kconfiglib

HERE = Path(__file__).resolve().parent
KCONFIG = HERE.parent.parent / "ports/esp_idf/Kconfig"

# Key, type, default on the ESP32 (None: the key is not there), can the user set it.
KEYS = {
    "HEAP_HAS_EXEC_HEAP": ("bool", "y", False),
    "HEAP_POISONING_DISABLED": ("bool", "y", True),
    "HEAP_POISONING_LIGHT": ("bool", None, True),
    "HEAP_POISONING_COMPREHENSIVE": ("bool", None, True),
    "HEAP_POISONING_HARDENED": ("bool", None, True),
    "HEAP_QUARANTINE_BLOCKS": ("int", None, True),
    "HEAP_QUARANTINE_BYTES": ("int", None, True),
    "HEAP_TRACING_OFF": ("bool", "y", True),
    "HEAP_TRACING_STANDALONE": ("bool", None, True),
    "HEAP_TRACING_TOHOST": ("bool", None, True),
    "HEAP_TRACING": ("bool", None, False),
    "HEAP_TRACE_HASH_MAP": ("bool", None, True),
    "HEAP_TRACE_HASH_MAP_IN_EXT_RAM": ("bool", None, True),
    "HEAP_TRACE_HASH_MAP_SIZE": ("int", None, True),
    "HEAP_TRACING_STACK_DEPTH": ("int", None, True),
    "HEAP_TRACING_RING": ("int", None, True),
    "HEAP_TRACING_STREAM_STACKS": ("int", None, True),
    "HEAP_TRACING_STREAM_TASKS": ("int", None, True),
    "HEAP_TRACING_TICK_SHIFT": ("int", None, True),
    "HEAP_USE_HOOKS": ("bool", None, True),
    "HEAP_TASK_TRACKING": ("bool", None, True),
    "HEAP_TRACK_DELETED_TASKS": ("bool", None, True),
    "HEAP_TASK_TRACKING_TASKS": ("int", None, True),
    "HEAP_TASK_TRACKING_HEAPS": ("int", None, True),
    "HEAP_CALL_SITES": ("int", "0", True),
    "HEAP_ABORT_WHEN_ALLOCATION_FAILS": ("bool", None, True),
    "HEAP_TLSF_USE_ROM_IMPL": ("bool", None, False),
    "HEAP_PLACE_FUNCTION_INTO_FLASH": ("bool", None, True),
}

passed, failed = 0, 0


def check(what, value, expected):
    global passed, failed
    if value == expected:
        passed += 1
    else:
        failed += 1
        print(f"{what}: {value!r}, not {expected!r}")


def configure(target, **settings):
    """Values of all keys that would be in sdkconfig.h, with these settings made in order."""
    os.environ.update(IDF_TARGET=target, COMPONENT_KCONFIG=str(KCONFIG))
    kconfig = kconfiglib.Kconfig(str(HERE / "standin/Kconfig"), warn_to_stderr=False)
    for key, value in settings.items():
        kconfig.syms[key].set_value(value)
    return kconfig, {s.name: s.str_value for s in kconfig.unique_defined_syms
                     if s.config_string and not (s.type == kconfiglib.BOOL and s.str_value == "n")}


def names_types_defaults():
    kconfig, values = configure("esp32")
    ours = [s.name for s in kconfig.unique_defined_syms if any(n.filename.endswith("ports/esp_idf/Kconfig") for n in s.nodes)]
    check("keys", sorted(ours), sorted(KEYS))
    for key, (kind, default, settable) in KEYS.items():
        symbol = kconfig.syms[key]
        check(f"type of {key}", kconfiglib.TYPE_TO_STR[symbol.orig_type], kind)
        check(f"default of {key}", values.get(key), default)
        check(f"prompt of {key}", any(node.prompt for node in symbol.nodes), settable)
    check("warnings", kconfig.warnings, [])


def exec_heap_without_memory_protection():
    check("exec heap, memory protection", configure("esp32c3")[1].get("HEAP_HAS_EXEC_HEAP"), None)
    check("exec heap", configure("esp32c3", ESP_SYSTEM_MEMPROT="n")[1].get("HEAP_HAS_EXEC_HEAP"), "y")


def choices_are_exclusive():
    for chosen in ("LIGHT", "COMPREHENSIVE", "HARDENED", "DISABLED"):
        values = configure("esp32", **{f"HEAP_POISONING_{chosen}": "y"})[1]
        check(f"poisoning {chosen}", [k for k in values if k.startswith("HEAP_POISONING_")], [f"HEAP_POISONING_{chosen}"])
    for chosen, tracing in (("STANDALONE", "y"), ("TOHOST", "y"), ("OFF", None)):
        values = configure("esp32", **{f"HEAP_TRACING_{chosen}": "y"})[1]
        check(f"tracing {chosen}", values.get("HEAP_TRACING"), tracing)
        check(f"depth with {chosen}", values.get("HEAP_TRACING_STACK_DEPTH"), "2" if tracing else None)


def dependencies():
    standalone = {"HEAP_TRACING_STANDALONE": "y", "HEAP_TRACE_HASH_MAP": "y"}
    check("hash map", configure("esp32", **standalone)[1].get("HEAP_TRACE_HASH_MAP_SIZE"), "512")
    check("hash map to host", configure("esp32", HEAP_TRACING_TOHOST="y", HEAP_TRACE_HASH_MAP="y")[1].get("HEAP_TRACE_HASH_MAP"), None)
    outside = "HEAP_TRACE_HASH_MAP_IN_EXT_RAM"
    check("hash map outside", configure("esp32", **standalone, **{outside: "y"})[1].get(outside), None)
    check("hash map in PSRAM", configure("esp32", SPIRAM="y", **standalone, **{outside: "y"})[1].get(outside), "y")
    check("deleted tasks", configure("esp32", HEAP_TRACK_DELETED_TASKS="y")[1].get("HEAP_TRACK_DELETED_TASKS"), None)
    check("deleted tasks, tracked", configure("esp32", HEAP_TASK_TRACKING="y", HEAP_TRACK_DELETED_TASKS="y")[1]
          .get("HEAP_TRACK_DELETED_TASKS"), "y")


def depth_ranges():
    def depth(target, wanted, **more):
        return configure(target, HEAP_TRACING_STANDALONE="y", **more, HEAP_TRACING_STACK_DEPTH=wanted)[1]["HEAP_TRACING_STACK_DEPTH"]

    check("depth 32", depth("esp32", "32"), "32")
    check("depth 33", depth("esp32", "33"), "2") # out of range: the default
    check("depth 0", depth("esp32", "0"), "0")
    check("depth, RISC-V", depth("esp32c3", "4"), "0")
    check("depth, RISC-V with frame pointers", depth("esp32c3", "4", ESP_SYSTEM_USE_FRAME_POINTER="y"), "4")


def rom_allocator_is_never_used():
    check("ROM", configure("esp32c3", HEAP_TLSF_USE_ROM_IMPL="y")[1].get("HEAP_TLSF_USE_ROM_IMPL"), None)


names_types_defaults()
exec_heap_without_memory_protection()
choices_are_exclusive()
dependencies()
depth_ranges()
rom_allocator_is_never_used()
print(f"ch_test: {passed} passed, {failed} failed")
sys.exit(failed > 0)
