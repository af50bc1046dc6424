"""The one way to Azure: which cloud, signed in as whom, and a client of Azure Resource Manager.

Preflight, the traffic of online endpoints, the pipelines and the sandbox's stand-in for azure-native all sign in here,
so that what is asked, what is deployed and what is done afterwards are one principal's in one cloud: the one that
pulumi-azure-native signs in as.
"""

from llama_azure_access.arm import ArmClient, ArmError, NotFoundError
from llama_azure_access.cloud import PUBLIC, Cloud
from llama_azure_access.options import AccessError
from llama_azure_access.retries import PatientRetryPolicy
from llama_azure_access.sign_in import Account, sign_in

__all__ = [
    "PUBLIC",
    "AccessError",
    "Account",
    "ArmClient",
    "ArmError",
    "Cloud",
    "NotFoundError",
    "PatientRetryPolicy",
    "sign_in",
]
