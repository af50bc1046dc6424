"""Every example in one program; each module builds on those that it imports."""

import deployer_role  # noqa: F401 - each declares its resources when it is imported
import online_endpoint_traffic  # noqa: F401
import serverless_connection  # noqa: F401
