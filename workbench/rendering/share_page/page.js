// Starts the player with what the page itself holds. The sound becomes a blob: every browser seeks in one.

const data = JSON.parse(document.getElementById("music").textContent);
const bytes = Uint8Array.from(atob(data.sound), (sign) => sign.charCodeAt(0));
data.audio = URL.createObjectURL(new Blob([bytes], { type: "audio/mpeg" }));
delete data.sound;
player({ data, parentElement: document.querySelector(".place"), setStateValue() {} });
