/** Names of what the stand-ins behind the gateway know. */
export const PRODUCT_ID = `prod_${'1'.repeat(32)}`;
export const VARIANT_ID = `var_${'2'.repeat(32)}`;
export const LAMP_VARIANT_ID = `var_${'6'.repeat(32)}`;
export const ORDER_ID = `ord_${'3'.repeat(32)}`;
export const FAILED_ORDER_ID = `ord_${'4'.repeat(32)}`;
export const INSTANCE_ID = `ins_${'5'.repeat(32)}`;
