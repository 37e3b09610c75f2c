import { stem } from "./stem.ts";
import { wordsOf } from "./words.ts";

/**
 * Words that people use for one thing when they ask an office, a shop or a school. A line is a group;
 * a word may stand in several. Nothing here is about any one business.
 */
const GROUPS = `
price cost fee charge rate tariff expensive cheap cheaper money amount
price cost fee free
opening open closing close closed shut schedule timetable
address located location street find situated way
bus tram metro subway transport transit
pay payment paying
card credit debit
cash coins
discount reduction reduced concession rebate percent
free gratis complimentary nothing unpaid
refund reimburse reimbursement money
cancel cancellation terminate quit leave leaving end notice resign unsubscribe stop
register registration enrol enroll enrolment enrollment signup signing admission apply
teach teaches teaching learn learning study taught
join participate take part membership member
lesson class session course tuition
teacher instructor tutor coach trainer
child children kid kids son daughter toddler
parent mother father mum dad guardian
ill sick illness unwell flu disease fever
miss missed absent absence attend attendance
broken broke break damaged damage defective faulty smashed lost
rent rental rented hire lease borrow
buy buying purchase
job work vacancy career position employment hiring apply application cv
head principal director boss manager chief owner leader lead leads headteacher
telephone phone call mobile
email mail
deliver delivery ship shipping dispatch send
parcel package order
return exchange
online internet remote virtual zoom web distance
video film filmed recording
car vehicle drive driving
park parking
train railway rail
wheelchair disabled disability accessible accessibility handicapped
bike bicycle cycle
begin start commence beginning
beginner beginners novice newcomer starter
trial taster sample try test
bill invoice receipt
holiday vacation
weekend saturday sunday
weekday monday tuesday wednesday thursday friday weekdays
christmas xmas
sibling brother sister
pupil student learner
lift elevator stairs steps ramp
queue wait waiting
insurance insured insure covered
stolen theft thief lost
software program app application
ticket admission entry entrance
retired pensioner senior elderly
young child kid youth
adult grown grownup
evening night
morning forenoon
note certificate letter
deadline notice early advance
notice period term
headmaster head
place seat room space
toilet restroom bathroom wc
equipment gear require requirement device
practise practice rehearse rehearsal train
exam examination test
concert performance perform show recital gig
help support aid assist assistance subsidy
guarantee warranty
book booking reserve reservation appointment
staff employee team
degree qualification qualified diploma certificate education
language speak spoken
old age
long duration last minutes
website site homepage
substitute replacement
change switch swap
group class
watch supervise supervision care look
wifi internet wlan
मूल्य कीमत दाम फीस शुल्क खर्च पैसे पैसा भाव महंगा सस्ता
समय टाइम बजे घंटे खुलने
खुला खुले खुलता खुलती खुलने
बंद बन्द
पता स्थान लोकेशन एड्रेस जगह
शाम रात सायं
सुबह सवेरे प्रातः
पढ़ाना पढ़ना सिखाना सीखना
टिकट प्रवेश
सॉफ़्टवेयर प्रोग्राम ऐप
डिग्री योग्यता शिक्षा डिप्लोमा
चोरी खो गुम
बीमा इंश्योरेंस
भुगतान पेमेंट अदा चुकाना
नकद कैश
छूट डिस्काउंट रियायत कम
मुफ्त फ्री निःशुल्क निशुल्क
वापस वापसी रिफंड लौटाना
रद्द कैंसल कैंसिल खत्म समाप्त छोड़ना
प्रवेश दाखिला एडमिशन नामांकन पंजीकरण रजिस्ट्रेशन भर्ती
कक्षा क्लास पाठ लेसन
पाठ्यक्रम कोर्स
शिक्षक टीचर अध्यापक गुरु उस्ताद अध्यापिका शिक्षिका
बच्चा बच्चे बच्चों बेटा बेटी
भाग शामिल सम्मिलित हिस्सा
माता मां पिता बाप मम्मी पापा अभिभावक पैरेंट्स
बीमार बीमारी अस्वस्थ तबीयत
टूट टूटा खराब क्षति
किराया किराए किराये रेंट
खरीदना खरीद मोल
नौकरी जॉब काम रोजगार
प्रधान हेड प्रिंसिपल प्रधानाचार्य मुखिया निदेशक मालिक
फोन टेलीफोन मोबाइल कॉल
ईमेल मेल
ऑनलाइन इंटरनेट
वीडियो विडियो रिकॉर्डिंग
गाड़ी कार वाहन
पार्किंग पार्क
रेल रेलवे ट्रेन
लिफ्ट एलीवेटर
व्हीलचेयर विकलांग दिव्यांग
साइकिल बाइक
शुरू आरंभ प्रारंभ शुरुआत
परीक्षण ट्रायल डेमो
बिल रसीद इनवॉइस
छुट्टी छुट्टियां अवकाश हॉलिडे
विद्यार्थी छात्र स्टूडेंट छात्रा
स्कूल विद्यालय
अभ्यास प्रैक्टिस रियाज
परीक्षा इम्तिहान एग्जाम
कार्यक्रम कॉन्सर्ट समारोह शो
सहायता मदद सहयोग
गरीब आय आर्थिक
जमानत डिपॉजिट सिक्योरिटी अमानत
बुक बुकिंग आरक्षण
वाई-फ़ाई वाईफाई
कार्यालय ऑफिस दफ्तर
भाषा बोली हिंदी अंग्रेजी
उम्र आयु साल वर्ष
प्रतीक्षा इंतजार वेटिंग
बदलना बदल चेंज
समूह ग्रुप
वाद्ययंत्र वाद्य साज इंस्ट्रूमेंट
गायन गाना संगीत
फॉर्म आवेदन
सिद्धांत थ्योरी
मंगाना डिलीवरी
अनुबंध कॉन्ट्रैक्ट करार
कार्ड क्रेडिट डेबिट
`;

const related = new Map<string, Set<string>>();
for (const line of GROUPS.trim().split("\n")) {
  const stems = new Set(wordsOf(line).map(stem));
  for (const one of stems) {
    const others = related.get(one) ?? new Set();
    for (const other of stems) if (other !== one) others.add(other);
    related.set(one, others);
  }
}

/** Stems of words that may stand for the same thing as the word of this stem. */
export function relatedStems(stemmed: string): ReadonlySet<string> {
  return related.get(stemmed) ?? new Set();
}
