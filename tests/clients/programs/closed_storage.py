"""Lists the containers of a storage account that is closed to public networks: from outside, then from inside."""

import json
import os

from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient

service = BlobServiceClient(os.environ["ACCOUNT_URL"], DefaultAzureCredential())
try:
    outside = [one.name for one in service.list_containers()]
except HttpResponseError as error:
    outside = [error.status_code, getattr(error, "error_code", None)]
headers = {"x-sandbox-network": "private"}
inside = [one.name for one in service.list_containers(headers=headers)]
print(json.dumps({"outside": outside, "inside": inside}))
