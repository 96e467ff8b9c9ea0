/** The script of the viewer's page; included as a plain script, after NiiVue's. */
/* global niivue */
(async () => {
  const byId = (id) => document.getElementById(id);
  const message = byId('message');
  try {
    await show(JSON.parse(byId('facts').textContent));
    message.remove();
    document.body.dataset.ready = 'true';
  } catch (error) {
    message.textContent = `The scans can't be shown (${error.message}); this page needs a browser with WebGL 2.`;
    document.body.dataset.ready = 'failed';
    throw error;
  }

  async function show({ scans, overlays, focus, legend }) {
    const nv = new niivue.Niivue({
      backColor: [0, 0, 0, 1],
      crosshairColor: [1, 1, 1, 0.5],
      crosshairWidth: 0.25,
      crosshairWidthUnit: 'percent',
      clipPlaneColor: [1, 1, 1, 0],
      multiplanarLayout: niivue.MULTIPLANAR_TYPE.GRID,
      show3Dcrosshair: true,
      dragAndDropEnabled: false,
      multiplanarShowRender: niivue.SHOW_RENDER.ALWAYS,
      isColorbar: false,
      tileMargin: 4,
    });
    await nv.attachToCanvas(byId('canvas'));
    const load = (set, options) => (name, i) =>
      niivue.NVImage.loadFromBase64({
        base64: byId(`${set}-${i}`).textContent,
        name: `${set}-${i}.nii.gz`,
        ...options,
      });
    const scanImages = await Promise.all(scans.map(load('scan', { colormap: 'gray' })));
    const labelImages = await Promise.all(overlays.map(load('overlay', { opacity: 0.6 })));
    const channel = (c) => [0, ...legend.map(({ colour }) => colour[c])];
    for (const image of labelImages) {
      image.setColormapLabel({
        R: channel(0),
        G: channel(1),
        B: channel(2),
        A: [0, ...legend.map(() => 255)],
        I: [0, ...legend.map(({ label }) => label)],
        labels: ['', ...legend.map(({ name }) => name)],
      });
    }

    const chosen = (set) =>
      [...document.querySelectorAll(`input[name=${set}]:checked`)].map(({ value }) =>
        Number(value),
      );
    const shownLabels = () => chosen('overlay').map((i) => labelImages[i]);
    const refresh = () => {
      const scan = scanImages[chosen('scan')[0]];
      nv.volumes = [scan, ...shownLabels()];
      nv.setVolume(scan, 0);
      nv.createOnLocationChange();
    };
    const placeOf = ({ values }) => {
      const [scan] = values;
      if (!scan) return '';
      const numbers = [...scan.mm].slice(0, 3).map((mm) => mm.toFixed(0));
      const names = chosen('overlay').map((i, n) => {
        const found = legend.find(({ label }) => label === values[n + 1]?.value);
        return `${overlays[i]}: ${found ? found.name : 'none'}`;
      });
      const intensity = `${scans[chosen('scan')[0]]} ${Number(scan.value.toPrecision(4))}`;
      return [`${numbers.join(', ')} mm`, intensity, ...names].join(' | ');
    };
    nv.onLocationChange = (location) => (byId('place').textContent = placeOf(location));

    refresh();
    nv.setSliceType(nv.sliceTypeMultiplanar);
    const cut = () => nv.setClipPlane([Number(byId('cut').value), 270, 0]);
    cut();
    if (focus) nv.scene.crosshairPos = nv.mm2frac(focus);
    nv.createOnLocationChange();
    nv.drawScene();

    for (const input of document.querySelectorAll('input[name=scan], input[name=overlay]')) {
      input.addEventListener('change', refresh);
    }
    byId('cut').addEventListener('input', cut);
    byId('opacity')?.addEventListener('input', ({ target }) => {
      for (const image of labelImages) image.opacity = Number(target.value);
      nv.updateGLVolume();
    });
  }
})();
