import type { Messages } from './en.ts';

export const de: Messages = {
  mails: {
    placed: {
      subject: 'Bestellung {number}: eingegangen',
      lead: 'Vielen Dank für Ihre Bestellung über {total}. Falls Sie noch nicht bezahlt haben, können Sie das bis {due} tun.',
    },
    reserved: {
      subject: 'Bestellung {number}: Zahlung genehmigt',
      lead: 'Vielen Dank. {total} sind auf Ihrer Karte reserviert, und wir bereiten Ihre Bestellung vor. Abgebucht wird erst, wenn sie fertig ist.',
    },
    paid: {
      subject: 'Bestellung {number}: Zahlung eingegangen',
      lead: 'Vielen Dank. Ihre Zahlung über {amount} ist eingegangen, und wir bereiten Ihre Bestellung vor.',
    },
    in_review: {
      subject: 'Bestellung {number}: Wir prüfen Ihre Bestellung',
      lead: 'Vielen Dank für Ihre Bestellung über {total}. Wir prüfen sie, bevor wir sie vorbereiten, und melden uns, sobald es weitergeht. Sie müssen nichts tun.',
    },
    confirm_payment: {
      subject: 'Bestellung {number}: bitte bestätigen Sie die Zahlung',
      lead: 'Die Zahlung über {amount} braucht Sie: Ihre Bank bittet um Bestätigung, oder die hinterlegte Zahlungsart wurde nicht angenommen. Öffnen Sie die Bestellung und bezahlen Sie bis {due}; danach endet sie.',
    },
    verify_account: {
      subject: 'Bestellung {number}: bitte bestätigen Sie Ihr Bankkonto',
      lead: 'Kleine Beträge sind zu Ihrem Bankkonto unterwegs; das dauert ein bis zwei Werktage. Nennen Sie dem Zahlungsdienst unter dem folgenden Link bis {due}, was angekommen ist: Dann können {amount} abgebucht werden. Sonst endet die Bestellung.',
    },
    pay_again: {
      subject: 'Bestellung {number}: bitte noch einmal bezahlen',
      lead: 'Ihre Zahlung über {amount} ist nicht gelungen. Öffnen Sie die Bestellung und bezahlen Sie bis {due} auf anderem Weg; danach endet sie.',
    },
    renew: {
      subject: 'Bestellung {number}: bitte die Zahlung erneut genehmigen',
      lead: 'Ihre Karte kann {amount} nicht länger reserviert halten. Öffnen Sie die Bestellung und genehmigen Sie die Zahlung noch einmal, damit es weitergeht. Abgebucht wird nur einmal.',
    },
    part_delivered: {
      subject: 'Bestellung {number}: ein Teil ist fertig',
      lead: 'Ein Teil Ihrer Bestellung ist bereit oder wurde dem Versand übergeben. Der Rest folgt.',
    },
    delivered: {
      subject: 'Bestellung {number}: abgeschlossen',
      lead: 'Alles, was Sie gekauft haben, ist bereit. Öffnen Sie die Bestellung, um es zu nutzen.',
    },
    cancelled: {
      subject: 'Bestellung {number}: storniert',
      lead: 'Ihre Bestellung wurde storniert. Es wurde nichts abgebucht.',
    },
    part_refunded: {
      subject: 'Bestellung {number}: Erstattung',
      lead: 'Sie erhalten {amount} zurück.',
    },
    refunded: {
      subject: 'Bestellung {number}: erstattet',
      lead: 'Ihre Bestellung wurde storniert, und Sie erhalten {amount} zurück.',
    },
    changed: {
      subject: 'Bestellung {number}: geändert',
      lead: 'Ihre Bestellung wurde geändert. Sie kostet jetzt {total}. Falls Sie noch nicht bezahlt haben, können Sie das bis {due} tun.',
    },
    return_approved: {
      subject: 'Bestellung {number}: Rücksendung genehmigt',
      lead: 'Bitte senden Sie die Artikel an uns zurück und legen Sie einen Zettel mit der Bestellnummer {number} bei. Wir melden uns, sobald Ihr Geld zurückgeht oder Ihr Ersatz bestellt ist.',
    },
    return_declined: {
      subject: 'Bestellung {number}: Rücksendung abgelehnt',
      lead: 'Wir können die Artikel nicht zurücknehmen.',
    },
    message: {
      subject: 'Bestellung {number}: eine Nachricht für Sie',
      lead: 'Unser Team hat Ihnen zu Ihrer Bestellung geschrieben:',
    },
    suspended: {
      subject: 'Bestellung {number}: gesperrt',
      lead: 'Was Sie mit dieser Bestellung gekauft haben, lässt sich vorerst nicht nutzen:',
    },
    resumed: {
      subject: 'Bestellung {number}: wieder nutzbar',
      lead: 'Sie können das Gekaufte wieder nutzen. Es ist nichts weiter zu tun.',
    },
  },
  leads: {
    placedFree: 'Vielen Dank für Ihre Bestellung. Es ist nichts zu bezahlen.',
    reservedByGiftCard:
      'Vielen Dank. {total} sind per Geschenkkarte reserviert, und wir bereiten Ihre Bestellung vor. Abgebucht wird erst, wenn sie fertig ist.',
    reservedInPartByGiftCard:
      'Vielen Dank. {total} sind auf Ihrer Karte und per Geschenkkarte reserviert, und wir bereiten Ihre Bestellung vor. Abgebucht wird erst, wenn sie fertig ist.',
    deliveredParcels: 'Alles, was Sie gekauft haben, wurde dem Versand übergeben.',
    deliveredMixed:
      'Was Sie gekauft haben, ist bereit oder wurde dem Versand übergeben. Öffnen Sie die Bestellung, um zu nutzen, was bereit ist.',
    deliveredInPart:
      'Was geliefert werden konnte, ist bereit oder wurde dem Versand übergeben. Den Rest bezahlen Sie nicht; was Sie dafür bezahlt haben, erhalten Sie zurück.',
    deliveredInPartSubject: 'Bestellung {number}: teilweise geliefert',
    lineNotCharged: 'Nicht geliefert, nicht berechnet.',
    lineGoesBack: 'Nicht geliefert; was Sie dafür bezahlt haben, erhalten Sie zurück.',
    refundedNothing: 'Ihre Bestellung wurde storniert. Was Sie bezahlt haben, erhalten Sie zurück.',
    cancelledAfterCharge: 'Ihre Bestellung wurde storniert.',
  },
  details: {
    key_ready: 'Ihr Schlüssel ist bereit.',
    keys_ready: 'Ihre Schlüssel sind bereit.',
    download_ready: 'Bereit zum Herunterladen.',
    access_ready: 'Ihr Zugang ist bereit.',
    gift_card_ready: 'Ihre Geschenkkarte ist bereit.',
    gift_cards_ready: 'Ihre Geschenkkarten sind bereit.',
    handed_over: 'Dem Versand übergeben: {carrier} {trackingCode}.',
  },
  suspensions: {
    payment_disputed:
      'Ihre Bank hat die Zahlung zurückgeholt. Falls Sie das nicht wollten, sagen Sie es bitte Ihrer Bank; sobald es geklärt ist, können Sie es wieder nutzen.',
    payment_charged_back: 'Ihre Bank hat die Zahlung endgültig zurückgeholt.',
    payment_refunded: 'Sie haben Ihre Zahlung zurückerhalten.',
    fraud_suspected: 'Wir prüfen die Zahlung. Sie müssen nichts tun.',
    by_operator: 'Unser Team hat es gesperrt. Bitte schreiben Sie uns, wenn Sie nicht wissen, warum.',
  },
  reasons: {
    not_purchasable: 'Etwas darin kann so nicht gekauft werden.',
    placing_timed_out: 'Sie konnte nicht rechtzeitig aufgegeben werden.',
    out_of_stock: 'Es ist nicht genug auf Lager.',
    sold_out_meanwhile: 'Etwas war ausverkauft, bevor die Zahlung eintraf.',
    promotion_used_up: 'Ein Gutschein war aufgebraucht.',
    purchase_limit: 'Es ist mehr davon, als ein Kunde kaufen kann.',
    blocked: 'Wir können sie nicht annehmen.',
    refused_by_review: 'Wir können sie nicht annehmen.',
    review_timed_out: 'Wir konnten sie nicht rechtzeitig prüfen.',
    gift_card_refused: 'Eine der angegebenen Geschenkkarten kann dafür nicht verwendet werden.',
    payment_method_unknown: 'Die gewählte Zahlungsart ist nicht (mehr) bei Ihnen hinterlegt.',
    payment_unavailable: 'Die Zahlung konnte nicht begonnen werden.',
    payment_abandoned: 'Die Zeit zum Bezahlen ist abgelaufen.',
    payment_cancelled: 'Die Zahlung wurde beim Zahlungsdienst abgebrochen.',
    payment_mismatch: 'Der gezahlte Betrag ist nicht der der Bestellung.',
    payment_lost: 'Die Zahlung wurde vor der Lieferung zurückgezogen.',
    authorisation_expired: 'Die Reservierung Ihrer Zahlung ist abgelaufen.',
    payment_disputed: 'Ihre Bank hat die Zahlung zurückgeholt.',
    rest_too_small: 'Was geliefert werden konnte, kostet weniger, als sich abbuchen lässt.',
    payment_declined: 'Die Zahlung konnte nicht eingezogen werden.',
    provisioning_failed: 'Sie konnte nicht geliefert werden.',
    part_failed: 'Ein Teil davon konnte nicht geliefert werden.',
    cancelled_by_customer: 'Sie haben sie storniert.',
    cancelled_by_operator: 'Unser Team hat sie storniert.',
    paid_after_end: 'Eine Zahlung traf ein, nachdem die Bestellung beendet war.',
  },
  labels: {
    article: 'Artikel',
    amount: 'Betrag',
    shipping: 'Versand',
    tax: 'Enthaltene Steuer',
    total: 'Summe',
    byGiftCard: 'davon per Geschenkkarte',
    charged: 'Abgebucht',
    refunded: 'Erstattet',
    open: 'Bestellung {number}',
    verify: 'Bankkonto bestätigen',
    why: 'Grund: {reason}',
    declined: 'Der letzte Versuch zu bezahlen wurde abgelehnt: {decline}',
  },
};
