-- Gift cards are a further kind of what is delivered. SQLite cannot widen a CHECK, so the column is made anew.
ALTER TABLE instances ADD COLUMN delivered_as TEXT NOT NULL DEFAULT 'licence'
  CHECK (delivered_as IN ('licence', 'download', 'service', 'physical', 'gift_card'));
UPDATE instances SET delivered_as = kind;
ALTER TABLE instances DROP COLUMN kind;
ALTER TABLE instances RENAME COLUMN delivered_as TO kind;

INSERT INTO templates VALUES ('tpl_00000000000070008000000000000005', 'gift-card', 'active', 1, 0, 0);
INSERT INTO template_versions VALUES ('tpl_00000000000070008000000000000005', 1, json('{
 "title": "Gift cards of our own, one a unit",
 "kind": "gift_card",
 "steps": [
  {
   "name": "issue-cards",
   "title": "Making your gift cards",
   "connector": "gift-card",
   "operation": "issue",
   "inputs": {
    "quantity": { "from": "/line/quantity" },
    "value": { "from": "/fulfilment/value" },
    "validDays": { "from": "/fulfilment/validDays" },
    "recipientEmail": { "from": "/customisation/recipientEmail", "default": null },
    "recipientName": { "from": "/customisation/recipientName", "default": null },
    "senderName": { "from": "/customisation/senderName", "default": null },
    "message": { "from": "/customisation/message", "default": null },
    "deliverOn": { "from": "/customisation/deliverOn", "default": null }
   },
   "after": [],
   "retry": { "limit": 5, "delaySeconds": 2, "backoff": "exponential" },
   "timeoutSeconds": 30,
   "undo": { "retry": { "limit": 9, "delaySeconds": 2, "backoff": "exponential" }, "timeoutSeconds": 30 },
   "exhausted": { "code": "gift_card_unavailable", "text": "The gift card could not be made." }
  }
 ],
 "delivery": {
  "type": "gift-card",
  "fields": {
   "codes": { "from": "/results/issue-cards/codes" },
   "cardIds": { "from": "/results/issue-cards/cardIds" },
   "value": { "from": "/fulfilment/value" },
   "validDays": { "from": "/fulfilment/validDays" }
  }
 }
}'), 'One of the usual ones', NULL, 0);
