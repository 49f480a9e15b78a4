"""LocalStack plug-in that runs Lambda functions as local Node processes, without Docker.

    plugins.py           the entry points that the .dist-info folder names
    executor.py          LocalStack's side of one execution environment: start, invoke, stop
    function_process.py  one Node process: spawn, talk, kill
    settings.py          the settings that the emulator's starter passes in environment variables
    repairs.py           changes to LocalStack for parallel emulators, and where its S3 differs from AWS
    step_functions.py    changes to LocalStack where failures in state machines differ from AWS

../function-runtime.ts runs inside the Node process, and exchanges messages with function_process.py.
"""
