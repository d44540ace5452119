"""Types into a workbook as a person does, in LibreOffice; run by a Python that has ``uno``.

``type_in_libreoffice.py PORT SOURCE TARGET < CELLS``: opens SOURCE, enters each cell of the JSON
list ``[[sheet, cell, text], …]`` through the program's own input line, saves as TARGET (XLSX).
"""

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException


def prop(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def desktop_at(port):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    for _ in range(120):
        try:
            url = f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext"
            return resolver.resolve(url)
        except NoConnectException:
            time.sleep(0.5)
    raise SystemExit("LibreOffice does not answer")


port, source, target = sys.argv[1:]
context = desktop_at(port)
manager = context.ServiceManager
desktop = manager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
dispatcher = manager.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
document = desktop.loadComponentFromURL(
    uno.systemPathToFileUrl(source), "_blank", 0, (prop("Hidden", True),)
)
controller = document.CurrentController
for sheet, cell, text in json.load(sys.stdin):
    controller.setActiveSheet(document.Sheets.getByName(sheet))
    for command, *given in (
        (".uno:GoToCell", prop("ToPoint", cell)),
        (".uno:EnterString", prop("StringName", text)),
    ):
        dispatcher.executeDispatch(controller.Frame, command, "", 0, tuple(given))
document.storeToURL(
    uno.systemPathToFileUrl(target), (prop("FilterName", "Calc MS Excel 2007 XML"),)
)
document.close(True)
desktop.terminate()
