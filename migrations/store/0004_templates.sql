-- Provisioning templates as data: a version never changes, one of each template is current. Times are milliseconds since
-- the epoch. Documents are JSON as `templateDocumentSchema` (workers/provisioner/templates/template.ts) has it.
CREATE TABLE templates (
  id TEXT PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  current_version INTEGER NOT NULL CHECK (current_version > 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX templates_by_status ON templates (status, id);

CREATE TABLE template_versions (
  template_id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  document TEXT NOT NULL,
  note TEXT NOT NULL,
  written_by TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (template_id, version)
) WITHOUT ROWID;
CREATE TRIGGER template_versions_stay BEFORE UPDATE ON template_versions
  BEGIN SELECT RAISE(ABORT, 'a version of a template never changes'); END;
CREATE TRIGGER template_versions_are_kept BEFORE DELETE ON template_versions
  BEGIN SELECT RAISE(ABORT, 'a version of a template is kept'); END;

-- The four usual ones. A change is a further version, by an operator or by a later migration.
INSERT INTO templates VALUES ('tpl_00000000000070008000000000000001', 'licence-key', 'active', 1, 0, 0);
INSERT INTO template_versions VALUES ('tpl_00000000000070008000000000000001', 1, json('{
 "title": "Licence keys of our own, one a unit",
 "kind": "licence",
 "steps": [
  {
   "name": "issue-keys",
   "title": "Making your keys",
   "connector": "licence-key",
   "operation": "issue",
   "inputs": {
    "quantity": {
     "from": "/line/quantity"
    },
    "activationsMax": {
     "from": "/fulfilment/activationsMax"
    }
   },
   "after": [],
   "retry": {
    "limit": 5,
    "delaySeconds": 2,
    "backoff": "exponential"
   },
   "timeoutSeconds": 30,
   "undo": {
    "retry": {
     "limit": 9,
     "delaySeconds": 2,
     "backoff": "exponential"
    },
    "timeoutSeconds": 30
   },
   "exhausted": {
    "code": "licence_unavailable",
    "text": "The licence key could not be made."
   }
  }
 ],
 "delivery": {
  "type": "licence-key",
  "fields": {
   "keys": {
    "from": "/results/issue-keys/keys"
   },
   "activationsMax": {
    "from": "/fulfilment/activationsMax"
   },
   "validDays": {
    "from": "/fulfilment/validDays"
   }
  }
 }
}'), 'As it came with the shop.', NULL, 0);
INSERT INTO templates VALUES ('tpl_00000000000070008000000000000002', 'download', 'active', 1, 0, 0);
INSERT INTO template_versions VALUES ('tpl_00000000000070008000000000000002', 1, json('{
 "title": "A file in our bucket, each unit giving the full number of downloads",
 "kind": "download",
 "steps": [
  {
   "name": "check-file",
   "title": "Looking for your file",
   "connector": "download",
   "operation": "check",
   "inputs": {
    "objectKey": {
     "from": "/fulfilment/objectKey"
    }
   },
   "after": [],
   "retry": {
    "limit": 5,
    "delaySeconds": 2,
    "backoff": "exponential"
   },
   "timeoutSeconds": 30,
   "undo": {
    "none": "It only looks."
   },
   "exhausted": {
    "code": "file_unavailable",
    "text": "The file could not be read."
   }
  },
  {
   "name": "entitle",
   "title": "Preparing your download",
   "connector": "download",
   "operation": "entitle",
   "inputs": {
    "objectKey": {
     "from": "/fulfilment/objectKey"
    },
    "fileName": {
     "from": "/fulfilment/fileName"
    },
    "downloadsMax": {
     "multiply": [
      "/fulfilment/downloadsMax",
      "/line/quantity"
     ]
    }
   },
   "after": [
    "check-file"
   ],
   "retry": {
    "limit": 5,
    "delaySeconds": 2,
    "backoff": "exponential"
   },
   "timeoutSeconds": 30,
   "undo": {
    "retry": {
     "limit": 9,
     "delaySeconds": 2,
     "backoff": "exponential"
    },
    "timeoutSeconds": 30
   },
   "exhausted": {
    "code": "file_unavailable",
    "text": "The download could not be prepared."
   }
  }
 ],
 "delivery": {
  "type": "download",
  "fields": {
   "fileName": {
    "from": "/fulfilment/fileName"
   }
  }
 }
}'), 'As it came with the shop.', NULL, 0);
INSERT INTO templates VALUES ('tpl_00000000000070008000000000000003', 'partner-service', 'active', 1, 0, 0);
INSERT INTO template_versions VALUES ('tpl_00000000000070008000000000000003', 1, json('{
 "title": "A service the partner sets up and runs",
 "kind": "service",
 "steps": [
  {
   "name": "order-service",
   "title": "Setting your service up",
   "connector": "partner",
   "operation": "order-service",
   "inputs": {
    "reference": {
     "from": "/line/lineId"
    },
    "plan": {
     "from": "/fulfilment/plan"
    },
    "parameters": {
     "from": "/customisation"
    },
    "quantity": {
     "from": "/line/quantity"
    }
   },
   "after": [],
   "retry": {
    "limit": 6,
    "delaySeconds": 2,
    "backoff": "exponential"
   },
   "timeoutSeconds": 30,
   "settle": {
    "attempts": 3,
    "waitSeconds": [
     5,
     20,
     60,
     120,
     300,
     600,
     1200
    ]
   },
   "undo": {
    "retry": {
     "limit": 9,
     "delaySeconds": 2,
     "backoff": "exponential"
    },
    "timeoutSeconds": 30
   },
   "exhausted": {
    "code": "partner_unavailable",
    "text": "Our partner could not be reached, so the service was not set up."
   }
  }
 ],
 "delivery": {
  "type": "partner-service",
  "fields": {
   "accessUrl": {
    "from": "/results/order-service/accessUrl"
   },
   "username": {
    "from": "/results/order-service/username"
   },
   "password": {
    "from": "/results/order-service/password"
   },
   "expiresAt": {
    "from": "/results/order-service/expiresAt"
   },
   "validDays": {
    "from": "/fulfilment/validDays"
   }
  }
 }
}'), 'As it came with the shop.', NULL, 0);
INSERT INTO templates VALUES ('tpl_00000000000070008000000000000004', 'parcel', 'active', 1, 0, 0);
INSERT INTO template_versions VALUES ('tpl_00000000000070008000000000000004', 1, json('{
 "title": "A parcel handed to the fulfilment partner, weighed for all units",
 "kind": "physical",
 "steps": [
  {
   "name": "order-shipment",
   "title": "Packing and sending your parcel",
   "connector": "partner",
   "operation": "order-shipment",
   "inputs": {
    "reference": {
     "from": "/line/lineId"
    },
    "address": {
     "from": "/line/shippingAddress"
    },
    "weightGrams": {
     "multiply": [
      "/fulfilment/weightGrams",
      "/line/quantity"
     ]
    },
    "sku": {
     "from": "/line/sku"
    },
    "title": {
     "from": "/line/title"
    },
    "quantity": {
     "from": "/line/quantity"
    }
   },
   "after": [],
   "retry": {
    "limit": 6,
    "delaySeconds": 2,
    "backoff": "exponential"
   },
   "timeoutSeconds": 30,
   "settle": {
    "attempts": 3,
    "waitSeconds": [
     5,
     30,
     120,
     600,
     1800,
     7200,
     21600
    ]
   },
   "undo": {
    "retry": {
     "limit": 9,
     "delaySeconds": 2,
     "backoff": "exponential"
    },
    "timeoutSeconds": 30
   },
   "exhausted": {
    "code": "partner_unavailable",
    "text": "Our delivery partner could not be reached, so nothing was sent."
   }
  }
 ],
 "delivery": {
  "type": "parcel",
  "fields": {
   "carrier": {
    "from": "/results/order-shipment/carrier"
   },
   "trackingCode": {
    "from": "/results/order-shipment/trackingCode"
   },
   "address": {
    "from": "/line/shippingAddress"
   }
  }
 }
}'), 'As it came with the shop.', NULL, 0);
