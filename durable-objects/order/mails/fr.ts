import type { Messages } from './en.ts';

export const fr: Messages = {
  mails: {
    placed: {
      subject: 'Commande {number} : enregistrée',
      lead: 'Merci pour votre commande de {total}. Si vous n’avez pas encore payé, vous pouvez le faire jusqu’au {due}.',
    },
    reserved: {
      subject: 'Commande {number} : paiement autorisé',
      lead: 'Merci. {total} sont réservés sur votre carte et nous préparons votre commande. Rien n’est débité avant qu’elle soit prête.',
    },
    paid: {
      subject: 'Commande {number} : paiement reçu',
      lead: 'Merci. Votre paiement de {amount} a été reçu et nous préparons votre commande.',
    },
    in_review: {
      subject: 'Commande {number} : nous vérifions votre commande',
      lead: 'Merci pour votre commande de {total}. Nous la vérifions avant de la préparer et vous écrivons dès qu’elle avance. Vous n’avez rien à faire.',
    },
    confirm_payment: {
      subject: 'Commande {number} : veuillez confirmer le paiement',
      lead: 'Le paiement de {amount} a besoin de vous : votre banque demande une confirmation, ou le moyen enregistré n’a pas été accepté. Ouvrez la commande et payez jusqu’au {due} ; ensuite elle prend fin.',
    },
    verify_account: {
      subject: 'Commande {number} : veuillez vérifier votre compte bancaire',
      lead: 'De petits dépôts sont en route vers votre compte bancaire, ce qui prend un ou deux jours ouvrés. Indiquez au service de paiement ce qui est arrivé, par le lien ci-dessous, jusqu’au {due} : {amount} pourront alors être prélevés. Sinon la commande prend fin.',
    },
    pay_again: {
      subject: 'Commande {number} : veuillez payer à nouveau',
      lead: 'Votre paiement de {amount} n’a pas abouti. Ouvrez la commande et payez autrement jusqu’au {due} ; ensuite elle prend fin.',
    },
    renew: {
      subject: 'Commande {number} : veuillez autoriser à nouveau le paiement',
      lead: 'Votre carte ne peut pas réserver {amount} plus longtemps. Ouvrez la commande et autorisez à nouveau le paiement pour que nous puissions continuer. Vous n’êtes débité qu’une fois.',
    },
    part_delivered: {
      subject: 'Commande {number} : une partie est prête',
      lead: 'Une partie de votre commande est prête ou a été remise au transporteur. Le reste suit.',
    },
    delivered: {
      subject: 'Commande {number} : terminée',
      lead: 'Tout ce que vous avez acheté est prêt. Ouvrez la commande pour en profiter.',
    },
    cancelled: {
      subject: 'Commande {number} : annulée',
      lead: 'Votre commande a été annulée. Rien n’a été débité.',
    },
    part_refunded: {
      subject: 'Commande {number} : remboursement',
      lead: '{amount} vous sont remboursés.',
    },
    refunded: {
      subject: 'Commande {number} : remboursée',
      lead: 'Votre commande a été annulée et {amount} vous sont remboursés.',
    },
    changed: {
      subject: 'Commande {number} : modifiée',
      lead: 'Votre commande a été modifiée. Elle coûte maintenant {total}. Si vous n’avez pas encore payé, vous pouvez le faire jusqu’au {due}.',
    },
    return_approved: {
      subject: 'Commande {number} : retour accepté',
      lead: 'Veuillez nous renvoyer les articles en joignant un mot avec le numéro de commande {number}. Nous vous prévenons dès que vous êtes remboursé ou que votre remplacement est commandé.',
    },
    return_declined: {
      subject: 'Commande {number} : retour refusé',
      lead: 'Nous ne pouvons pas reprendre les articles.',
    },
    message: {
      subject: 'Commande {number} : un message pour vous',
      lead: 'Notre équipe vous a écrit au sujet de votre commande :',
    },
    suspended: {
      subject: 'Commande {number} : suspendue',
      lead: 'Ce que vous avez acheté avec cette commande ne peut pas être utilisé pour le moment :',
    },
    resumed: {
      subject: 'Commande {number} : de nouveau utilisable',
      lead: 'Vous pouvez de nouveau utiliser ce que vous avez acheté. Il ne reste rien à faire.',
    },
  },
  leads: {
    placedFree: 'Merci pour votre commande. Il n’y a rien à payer.',
    reservedByGiftCard:
      'Merci. {total} sont réservés par carte cadeau et nous préparons votre commande. Rien n’est débité avant qu’elle soit prête.',
    reservedInPartByGiftCard:
      'Merci. {total} sont réservés sur votre carte et par carte cadeau et nous préparons votre commande. Rien n’est débité avant qu’elle soit prête.',
    deliveredParcels: 'Tout ce que vous avez acheté a été remis au transporteur.',
    deliveredMixed:
      'Ce que vous avez acheté est prêt ou a été remis au transporteur. Ouvrez la commande pour utiliser ce qui est prêt.',
    deliveredInPart:
      'Ce qui pouvait être livré est prêt ou a été remis au transporteur. Vous ne payez pas le reste ; ce que vous aviez payé pour cela vous est remboursé.',
    deliveredInPartSubject: 'Commande {number} : livrée en partie',
    lineNotCharged: 'Non livré, non débité.',
    lineGoesBack: 'Non livré ; ce que vous avez payé pour cela vous est remboursé.',
    refundedNothing: 'Votre commande a été annulée. Ce que vous avez payé vous est remboursé.',
    cancelledAfterCharge: 'Votre commande a été annulée.',
  },
  details: {
    key_ready: 'Votre clé est prête.',
    keys_ready: 'Vos clés sont prêtes.',
    download_ready: 'Prêt à télécharger.',
    access_ready: 'Votre accès est prêt.',
    gift_card_ready: 'Votre carte cadeau est prête.',
    gift_cards_ready: 'Vos cartes cadeaux sont prêtes.',
    handed_over: 'Remis au transporteur : {carrier} {trackingCode}.',
  },
  suspensions: {
    payment_disputed:
      'Votre banque a repris le paiement. Si vous ne le vouliez pas, veuillez le lui dire ; dès que c’est réglé, vous pourrez de nouveau l’utiliser.',
    payment_charged_back: 'Votre banque a repris le paiement définitivement.',
    payment_refunded: 'Votre paiement vous a été remboursé.',
    fraud_suspected: 'Nous vérifions le paiement. Vous n’avez rien à faire.',
    by_operator: 'Notre équipe l’a suspendu. Écrivez-nous si vous ne savez pas pourquoi.',
  },
  reasons: {
    not_purchasable: 'Un article ne peut pas être acheté ainsi.',
    placing_timed_out: 'Elle n’a pas pu être enregistrée à temps.',
    out_of_stock: 'Le stock ne suffit pas.',
    sold_out_meanwhile: 'Un article a été épuisé avant l’arrivée du paiement.',
    promotion_used_up: 'Une promotion était épuisée.',
    purchase_limit: 'C’est plus qu’un client ne peut acheter.',
    blocked: 'Nous ne pouvons pas l’accepter.',
    refused_by_review: 'Nous ne pouvons pas l’accepter.',
    review_timed_out: 'Nous n’avons pas pu la vérifier à temps.',
    gift_card_refused: 'Une carte cadeau indiquée ne peut pas être utilisée pour cette commande.',
    payment_method_unknown: 'Le moyen de paiement choisi n’est pas (ou plus) enregistré chez vous.',
    payment_unavailable: 'Le paiement n’a pas pu commencer.',
    payment_abandoned: 'Le délai de paiement est écoulé.',
    payment_cancelled: 'Le paiement a été annulé auprès du service de paiement.',
    payment_mismatch: 'Le montant payé n’est pas celui de la commande.',
    payment_lost: 'Le paiement a été retiré avant la livraison.',
    authorisation_expired: 'La réservation de votre paiement a expiré.',
    payment_disputed: 'Votre banque a repris le paiement.',
    rest_too_small: 'Ce qui pouvait être livré coûte moins que ce qui peut être débité.',
    payment_declined: 'Le paiement n’a pas pu être encaissé.',
    provisioning_failed: 'Elle n’a pas pu être livrée.',
    part_failed: 'Une partie n’a pas pu être livrée.',
    cancelled_by_customer: 'Vous l’avez annulée.',
    cancelled_by_operator: 'Notre équipe l’a annulée.',
    paid_after_end: 'Un paiement est arrivé après la fin de la commande.',
  },
  labels: {
    article: 'Article',
    amount: 'Montant',
    shipping: 'Livraison',
    tax: 'Taxe comprise',
    total: 'Total',
    byGiftCard: 'dont par carte cadeau',
    charged: 'Débité',
    refunded: 'Remboursé',
    open: 'Commande {number}',
    verify: 'Vérifier votre compte bancaire',
    why: 'Motif : {reason}',
    declined: 'La dernière tentative de paiement a été refusée : {decline}',
  },
};
