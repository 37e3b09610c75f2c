/** Sentences with all sounds of a language, by which the net learns them. */
export const SENTENCES: Readonly<Record<string, string>> = {
  en: "The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore, and thinks about three brothers; measure, vision, judge, church, boy, cow, bear, beer, tour, bird, four, father, nothing, singing, hello Priya, welcome to the company, which is yours. Button, little, uh-oh, human, value, pure.",
  hi: "नमस्ते प्रिया, आपका स्वागत है। घर, छाता, झरना, ठंडा, ढोल, थाली, धन, फल, भाई, खाना, चाय, जल, टमाटर, डाल, तारा, दिन, पानी, बात, कल, गाय, मन, नाक, वाणी, यश, राम, लड़का, पढ़ना, शहर, षट्कोण, साल, हाथ, क़लम, ख़बर, ग़म, ज़मीन, फ़र्श, ज्ञान, क्षमा, हँसना, माँ, मैं, में, हूँ, औरत, ओर, और, ऐनक, एक, ऊन, उस, ईद, इस, आम, अब, ऋषि, गंगा, पंच. पापा ने मेरे भाई के लिए एक बड़ी नीली नाव खरीदी, हम कल सुबह मुंबई जाएँगे, कृपया हमारे साथ चलिए।",
  es: "El perro corre rápido por la calle, José llegó ayer con la guitarra y el niño; cielo, zapato, chico, vaca, lluvia, gente, agua, deuda, huevo, rey, pingüino, examen, hombre, dedo, abogado, mismo. Papá compró un barco azul para mi primo Felipe; mañana vamos al pueblo, y por la tarde vamos a bailar.",
  fr: "Bonjour, je voudrais un bon vin blanc, une baguette, et deux œufs; il pleut sur la ville, mon père est né en août, le garçon mange une pomme, huit, oui, fille, montagne, parking, chat, jeune, peu, peur, brun, lundi, tu, rue, zoo, vrai. Papa a acheté un petit bateau bleu pour mon cousin Philippe; nous partons demain matin à Paris, avec beaucoup de bagages. Voulez-vous venir chez moi ce soir, ou préférez-vous attendre la semaine prochaine? Vous êtes cordialement invités, et votre cadeau vous attend.",
  de: "Guten Tag, ich möchte zwei Brötchen und einen Kaffee; über schöne Häuser, Füße, acht, ich, Buch, Pfeffer, Zeit, deutsch, Genie, Garage, Mädchen, Wasser, Vogel, jung, Ring, Straße, Sprache, neun, mein, Haus, Uhr, Bär, Tür, Bett, können, bitte, Chor, Beamter. Papa hat einen blauen Ball für meinen Bruder gekauft; wir fahren morgen früh nach Hamburg, komm doch bitte mit.",
  ru: "Здравствуйте, меня зовут Наталья, я живу в большом городе; щука, жизнь, чай, цирк, объект, съёмка, хлеб, мышь, гость, юбка, ёлка, фильм, люди, дядя, тётя, пять, бить, вера, кит, ход, хитрый, рис, сила, зима, нет, язык, рожь, вещь, вожжи, джинсы. Папа купил большую белую лодку для моего брата Михаила; мы поедем завтра утром в Москву, пожалуйста, позвоните нам вечером. Благодарим вас за покупку, ваш подарок уже ждёт вас в магазине.",
  ar: "مرحبا، كيف حالك اليوم؟ اسمي محمد وأنا من القاهرة. شكرا جزيلا، الطعام لذيذ، ضوء، ظل، صباح، غرفة، خبز، قلب، عين، حب، ثلاثة، ذهب، زيت، سيارة، جميل، فيل، هواء، يد، وردة، رجل، مسؤول، بيت، يوم، نور.",
  zh: "你好，欢迎来到我们的公司。王小明先生，今天天气很好，请喝茶。是，四，知道，日本，女人，去，学习，中国，儿子，二，月亮，雪，鱼，飞机，朋友，吃饭，出租车，草，字，热，软，光，窗，翁，恩，昂，英，用，永远，略，略微，全。",
  ta: "வணக்கம், என் பெயர் பிரியா. நீங்கள் எப்படி இருக்கிறீர்கள்? தமிழ், மழை, பள்ளி, வாழைப்பழம், அறை, நன்றி, ஞாயிறு, சிங்கம், பாட்டு, ஜன்னல், ஷாலினி, ஹரி, ஃபிலிம், ஐந்து, ஔவை, ஊர், ஓடம், ஏணி, ஈ, ஆறு, உடல், ஒன்று, எலி, இலை, மண், பணம், பஞ்சு, தங்கம்.",
  it: "Buongiorno, gli amici mangiano gnocchi e pizza con formaggio; zaino, scena, quando, uomo, azzurro, ragazzo, cielo, giorno, chiave, sbaglio, perché, città.",
  pt: "Olá, não me diga que a mãe do João está em São Paulo; coração, trinta, cinco, muito, bem, filho, minha, rua, carro, gente, jeito, chave, dia, tia, põe, pães.",
  pl: "Dzień dobry, proszę, cześć, żółty, źle, dziękuję, szczęście, chrząszcz, wąż, ręka, dzwon, dżem, łódź, ćma, cicho, koń, być, węże, rąbać.",
  nl: "Goedendag, ik wil graag een kopje koffie, huis, leuk, koud, schoon, zee, vuur, jij, water, lachen, ui, deur, uur, boek, gaan.",
};

/** What the voices of another engine say. */
export const ENGLISH: readonly string[] = [
  "The boat slid smoothly across the shallow water while the band played a mellow tune for the mayor.",
  "My brother Bob paid for five big pumpkins and a very heavy bag of flour before he moved to Vermont.",
  "She chose the yellow shoes which matched her jacket, though the price was rather high.",
  "Who knows why the wolf would follow you into the woods on a cold and foggy evening?",
  "Many thanks for your patience, Oliver; the package will arrive on Thursday between two and four in the afternoon.",
  "Pay at the bar, Abby, or buy a map of Alabama from the museum by the bay.",
];
