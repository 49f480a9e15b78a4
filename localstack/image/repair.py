"""Makes the changes of host mode that LocalStack's image needs as well: all but those about processes of this machine.

compose.yaml mounts this file into /etc/localstack/init/start.d, and the plug-in's package into /opt/repairs. LocalStack runs
the files of start.d inside its own process, before any service starts.
"""

import os
import sys
import traceback

sys.path.insert(0, "/opt/repairs")

try:
    from node_process_executor import repairs, step_functions

    repairs.let_environments_change_while_searched()
    repairs.delete_under_conditions()
    step_functions.fail_with_failed_items()
    step_functions.show_failed_items()
    step_functions.pass_on_any_error()
except Exception:
    # Otherwise LocalStack would log the error and go on without these changes, which the tests need.
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
