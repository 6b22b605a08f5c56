import { thumbHashToRGBA } from './thumbhash.js';

const viewer = document.querySelector('#viewer');
const stage = document.querySelector('#stage');
const save = document.querySelector('#save');

/** Shows a blurred placeholder in every picture below `root` until it is there. */
export function preparePictures(root) {
  for (const image of root.querySelectorAll('.picture img')) {
    if (image.complete && image.naturalWidth > 0) continue;
    const frame = image.parentElement;
    const canvas = drawPlaceholder(image.dataset.placeholder);
    if (canvas) frame.append(canvas);
    image.addEventListener('load', () => frame.classList.add('loaded'));
    image.addEventListener('error', () => {
      canvas?.remove();
      frame.classList.add('gone');
    });
  }
}

function drawPlaceholder(text) {
  try {
    const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
    const canvas = document.createElement('canvas');
    canvas.width = w;
    canvas.height = h;
    canvas.ariaHidden = 'true';
    canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
    return canvas;
  } catch {
    // A placeholder that can't be read is no reason not to show the picture.
    return null;
  }
}

/** Opens the picture of a link, large, over the page. */
export function openPicture(link) {
  const image = document.createElement('img');
  image.src = link.href;
  image.alt = link.querySelector('img').alt;
  stage.replaceChildren(image);
  save.href = link.href;
  save.download = link.dataset.name;
  viewer.showModal();
}

stage.addEventListener('click', () => viewer.close());
viewer.addEventListener('close', () => stage.replaceChildren());
