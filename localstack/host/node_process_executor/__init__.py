"""LocalStack plug-in that runs Lambda functions as local Node processes, where there is no Docker.

    plugins.py           what LocalStack finds through the entry points of the .dist-info folder
    executor.py          LocalStack's side of one execution environment: start, invoke, stop
    function_process.py  one Node process: spawn, talk, kill
    settings.py          what the emulator's starter says through environment variables
    repairs.py           changes to LocalStack: what parallel emulators need, and what S3 does on AWS
    step_functions.py    changes to LocalStack: failures in state machines as AWS has them

The other end of the conversation, inside the Node process, is ../function-runtime.ts.
"""
