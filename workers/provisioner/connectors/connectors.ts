import type { OperationName } from './operations.ts';
import type { Connector } from './connector.ts';
import { bindService, provisionService } from './broker/broker.ts';
import { shipGoods } from './fulfilment/fulfilment.ts';
import { httpCall } from './http.ts';
import { humanTask } from './human-task.ts';
import { checkFile, entitleDownload } from './download.ts';
import { issueGiftCards } from './gift-card.ts';
import { issueLicenceKeys } from './licence-key.ts';
import { takeFromPool } from './licence-pool.ts';
import { sendMail } from './mail.ts';
import { publishMessage } from './queue/queue.ts';
import { orderService, orderShipment } from './partner.ts';
import { signLicenceKeys } from './signed-licence.ts';

/** Who carries out each action. */
export const CONNECTORS: { [Name in OperationName]: Connector<Name> } = {
  'licence-key.issue': issueLicenceKeys,
  'licence-key.sign': signLicenceKeys,
  'licence-pool.take': takeFromPool,
  'gift-card.issue': issueGiftCards,
  'download.check': checkFile,
  'download.entitle': entitleDownload,
  'partner.order-service': orderService,
  'partner.order-shipment': orderShipment,
  'http.call': httpCall,
  'fulfilment.ship': shipGoods,
  'queue.publish': publishMessage,
  'mail.send': sendMail,
  'broker.provision': provisionService,
  'broker.bind': bindService,
  'human-task.ask': humanTask,
};
